import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describePlugin } from "@capstan/plugin";
import { SeededRandom } from "@capstan/testkit";
import { noopPlugin } from "../bed/noop-plugin.js";
import { untilNoneWithTmp } from "../bed/process-tree.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { Guest } from "./guest.js";
import { judgeRun, type Judgement } from "./judge/judge-run.js";
import { deployPersistent, deploySoak } from "./load/deploy.js";
import { MixedLoad } from "./load/mixed-load.js";
import { drawRun } from "./plot/draw-run.js";
import { Probe } from "./sample/probe.js";
import type { Sample } from "./sample/sample.js";
import { Sampler } from "./sample/sampler.js";

export interface SoakOptions {
  readonly forMs: number;
  /** Where samples, plot and judgement go; made when it is not there. */
  readonly out: string;
  readonly seed: number;
  readonly sampleMs: number;
  /** Blobs that nothing refers to and estimates are kept as long as tasks. */
  readonly retention: { readonly taskMs: number; readonly logMs: number };
  /** Between two arrivals of the worker that comes and goes. */
  readonly guestMs: number;
  /** Tasks launched at the beginning, so that what is kept up to a fixed number is full before anything is judged. */
  readonly fill: number;
  readonly pace?: number;
  readonly onSample?: (sample: Sample) => void;
  /** Ends the run early, and judges what there is. */
  readonly signal?: AbortSignal;
}

export interface SoakReport {
  readonly minutes: number;
  readonly seed: number;
  readonly launched: number;
  readonly finished: number;
  readonly visits: number;
  readonly done: Readonly<Record<string, number>>;
  readonly heldBack: number;
  readonly wrong: readonly string[];
  /** Of all processes, in cores. */
  readonly cores: number;
  readonly files: { readonly samples: string; readonly plot: string; readonly judgement: string };
  readonly judgement: Judgement;
}

const workers = ["first", "second"];

/** Runs a mixed load for a while on an engine and its workers, looks at them from outside, and says whether anything grows. */
export async function soakRun(options: SoakOptions): Promise<SoakReport> {
  await mkdir(options.out, { recursive: true });
  return withBed((bed) => new SoakRun(bed, options).run());
}

class SoakRun {
  readonly #bed: ProcessBed;
  readonly #options: SoakOptions;
  readonly #load: MixedLoad;
  readonly #probe: Probe;
  readonly #guest: Guest;
  readonly #sampler: Sampler;

  constructor(bed: ProcessBed, options: SoakOptions) {
    this.#bed = bed;
    this.#options = options;
    const { client, url } = bed;
    const { seed, pace = 1, sampleMs, onSample, out, guestMs } = options;
    this.#load = new MixedLoad({ client, url, random: new SeededRandom(seed), pace });
    this.#probe = new Probe(client);
    this.#guest = new Guest(bed, guestMs);
    const parts = { bed, load: this.#load, probe: this.#probe, everyMs: sampleMs, file: join(out, "samples.ndjson") };
    this.#sampler = new Sampler({ ...parts, ...(onSample === undefined ? {} : { onSample }) });
  }

  async run(): Promise<SoakReport> {
    await this.#start();
    await Promise.race([this.#pass(), this.#sampler.failed]);
    await this.#load.stop();
    await Promise.all([this.#probe.stop(), this.#guest.stop()]);
    await this.#sampler.stop();
    await this.#endWorkers();
    return this.#report();
  }

  async #start(): Promise<void> {
    const bed = this.#bed;
    const { out, retention, fill } = this.#options;
    await writeFile(join(out, "samples.ndjson"), "");
    await bed.startEngine({ retention: { ...retention, blobMs: retention.taskMs, estimateMs: retention.taskMs } });
    await bed.client.plugins.deploy(describePlugin(noopPlugin, { runtime: "inline", files: [] }), noFile);
    await deploySoak(bed.client, { name: "soak", version: "v1" });
    await deployPersistent(bed.client);
    for (const name of workers) await bed.startWorker(name, { slots: 4, isInline: true });
    this.#sampler.start();
    await this.#fill(fill);
    this.#load.start();
    this.#probe.start();
    this.#guest.start();
  }

  /** As fast as they are done, and a tenth as many commands, each of which costs a hundred times as much. */
  async #fill(tasks: number): Promise<void> {
    await this.#repeat({ task: "backlog/noop", input: null, times: tasks });
    await this.#repeat({ task: "command/run", input: { command: ["true"] }, times: Math.round(tasks / 10) });
  }

  async #repeat({ task, input, times }: { task: string; input: unknown; times: number }): Promise<void> {
    for (let left = times; left > 0; left -= 5_000) {
      const inputs = Array.from({ length: Math.min(5_000, left) }, () => input);
      const handles = await this.#bed.client.launchMany(task, inputs);
      await handles.at(-1)!.outcome({ timeoutMs: 600_000 });
    }
  }

  async #pass(): Promise<void> {
    const { forMs, signal } = this.#options;
    await pause(forMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }

  /** Leaving in good order, no worker leaves a process behind. */
  async #endWorkers(): Promise<void> {
    for (const { script, tmp } of this.#bed.workers) {
      await script.stop("SIGTERM", 30_000);
      await untilNoneWithTmp(tmp, 10_000);
    }
  }

  async #report(): Promise<SoakReport> {
    const { out, seed, retention } = this.#options;
    const { samples } = this.#sampler;
    const { wrong, figures } = this.#load;
    const facts = { workers, taskRetentionMs: retention.taskMs };
    const judgement = judgeRun(samples, facts);
    const names = { samples: "samples.ndjson", plot: "soak.svg", judgement: "judgement.json" };
    const files = {
      samples: join(out, names.samples),
      plot: join(out, names.plot),
      judgement: join(out, names.judgement),
    };
    const report: SoakReport = {
      minutes: Math.round((samples.at(-1)?.atMs ?? 0) / 6_000) / 10,
      seed,
      launched: figures.launched,
      finished: samples.at(-1)?.engine.finished ?? 0,
      visits: this.#guest.visits,
      done: figures.done,
      heldBack: figures.heldBack,
      wrong,
      cores: coresOf(samples),
      files,
      judgement,
    };
    await writeFile(files.plot, drawRun(samples, { workers, warmUpMs: judgement.warmUpMs }));
    await writeFile(files.judgement, `${JSON.stringify(report, undefined, 2)}\n`);
    return report;
  }
}

function noFile(): never {
  throw new Error("it has no files");
}

/** CPU of engine and steady workers over the whole run. */
function coresOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  const seconds = ({ engine, workers: all }: Sample): number =>
    engine.cpuSeconds + workers.reduce((sum, name) => sum + (all[name]?.cpuSeconds ?? 0), 0);
  return Math.round(((seconds(last) - seconds(first)) / (last.atMs - first.atMs)) * 100_000) / 100;
}
