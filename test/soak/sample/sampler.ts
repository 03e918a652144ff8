import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { MixedLoad } from "../load/mixed-load.js";
import type { ProcessBed } from "../../bed/process-bed.js";
import { readEngineFigures } from "./engine-figures.js";
import type { Probe } from "./probe.js";
import { ProcessTable } from "./process-figures.js";
import type { Sample, WorkerFigures } from "./sample.js";
import { readStoreFigures, sizeOf } from "./store-figures.js";

export interface SamplerOptions {
  readonly bed: ProcessBed;
  readonly load: MixedLoad;
  readonly probe: Probe;
  readonly everyMs: number;
  /** The NDJSON to write to, a line a sample, as they are taken: a run that is interrupted still tells. */
  readonly file: string;
  readonly onSample?: (sample: Sample) => void;
}

/** Rows are counted with every so many samples. */
const wholeEvery = 6;

/** Looks at the engine, the workers and the disk from outside, every few seconds. */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #startMs = performance.now();
  readonly samples: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => {};
  /** Rejects when a sample cannot be taken: the engine is gone. */
  readonly failed = new Promise<never>((_, reject) => (this.#fail = reject));

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.failed.catch(() => {});
  }

  start(): void {
    const look = (): void => {
      this.#last = this.#last.then(() => this.#take()).catch(this.#fail);
    };
    look();
    this.#timer = setInterval(look, this.#options.everyMs);
  }

  /** Takes the last sample. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
    await this.#take();
  }

  async #take(): Promise<void> {
    const { bed, load, probe, file, onSample } = this.#options;
    const isWhole = this.samples.length % wholeEvery === 0;
    const atMs = Math.round(performance.now() - this.#startMs);
    const table = new ProcessTable();
    const engine = table.figuresOf(bed.engine!.pid);
    if (engine === undefined) throw new Error(`the engine is gone: ${bed.engine!.stderr}`);
    const sample: Sample = {
      atMs,
      engine: { ...engine, ...readEngineFigures(await bed.client.metrics()) },
      workers: workersOf(bed, table),
      store: await readStoreFigures(join(bed.folder, "data"), isWhole),
      cacheBytes: (await sizeOf(join(bed.folder, "cache"))).bytes,
      probe: probe.take(),
      load: load.figures,
      clients: table.figuresOf(process.pid)!,
    };
    this.samples.push(sample);
    await appendFile(file, `${JSON.stringify(sample)}\n`);
    onSample?.(sample);
  }
}

function workersOf({ workers }: ProcessBed, table: ProcessTable): Record<string, WorkerFigures> {
  const living: Record<string, WorkerFigures> = {};
  for (const { name, script } of workers) {
    const figures = table.workerFiguresOf(script.pid);
    if (figures !== undefined) living[name] = figures;
  }
  return living;
}
