/** What the tests of executors share: a real spawner, orders, captured events, and a look for processes left behind. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spawner, type SpawnerOptions } from "../spawner/spawner.js";
import type {
  Executor,
  ExecutorKindName,
  ExecutorLimits,
  ExecutorManifest,
  RunningTrial,
  TrialEnd,
  TrialLimits,
  TrialOrder,
} from "./executor.js";
import { executorKinds } from "./registry.js";

export interface BedTrial extends RunningTrial {
  readonly order: TrialOrder;
  readonly end: Promise<TrialEnd>;
  stdout(): string;
  stderr(): string;
  bytes(): Buffer;
  readonly progress: [number | undefined, string | undefined][];
  /** Settles once stdout contains the text. */
  printed(text: string): Promise<void>;
}

export class TrialBed {
  readonly directory: string;
  readonly mark: string = randomUUID();
  readonly spawner: Spawner;
  #trials = 0;

  static async open(options: SpawnerOptions = {}): Promise<TrialBed> {
    return new TrialBed(await Spawner.start(options));
  }

  private constructor(spawner: Spawner) {
    this.spawner = spawner;
    this.directory = mkdtempSync(join(tmpdir(), "capstan-bed-"));
  }

  /** Writes a revision with one file and starts an executor for it. */
  start(
    kind: ExecutorKindName,
    options: { source?: string; manifest?: ExecutorManifest; limits?: Partial<ExecutorLimits>; module?: unknown } = {},
  ): Promise<Executor> {
    const { source, manifest = {}, limits, module } = options;
    const directory = join(this.directory, `revision-${++this.#trials}`);
    mkdirSync(directory);
    if (source !== undefined) writeFileSync(join(directory, manifest.entry ?? "index.mjs"), source);
    const entry = { entry: "index.mjs", ...manifest };
    const revision = { revision: "rev_bed", plugin: "bed", directory, manifest: entry, module };
    const resources = { spawner: this.spawner, slots: 4, env: { BED_MARK: this.mark }, ...(limits && { limits }) };
    return executorKinds[kind].start(revision, resources);
  }

  /** Runs a trial with generous limits. */
  run(
    executor: Executor,
    input: unknown,
    options: { limits?: Partial<TrialLimits> } & Partial<Omit<TrialOrder, "limits">> = {},
  ): BedTrial {
    const { limits, ...rest } = options;
    const order: TrialOrder = {
      trial: `trial_${++this.#trials}`,
      task: "task_bed",
      definition: "bed/main",
      revision: "rev_bed",
      number: 1,
      round: 1,
      slot: 0,
      input,
      limits: { softMs: 30_000, hardMs: 40_000, stopGraceMs: 5_000, outputBytesMax: 10_485_760, ...limits },
      ...rest,
    };
    const chunks: [string, Buffer][] = [];
    const progress: [number | undefined, string | undefined][] = [];
    const watchers: (() => void)[] = [];
    const running = executor.run(order, {
      log: (stream, bytes) => {
        chunks.push([stream, Buffer.from(bytes)]);
        for (const watcher of watchers) watcher();
      },
      progress: (fraction, note) => void progress.push([fraction, note]),
    });
    const bytesOf = (stream?: string): Buffer =>
      Buffer.concat(chunks.filter(([name]) => stream === undefined || name === stream).map(([, bytes]) => bytes));
    const stdout = (): string => bytesOf("stdout").toString("utf8");
    return {
      order,
      ended: running.ended,
      end: running.ended,
      stop: (reason, graceMs) => running.stop(reason, graceMs),
      pauseOutput: (isPaused) => running.pauseOutput(isPaused),
      stdout,
      stderr: () => bytesOf("stderr").toString("utf8"),
      bytes: () => bytesOf(),
      progress,
      printed: (text) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (stdout().includes(text)) resolve();
          };
          watchers.push(look);
          look();
        }),
    };
  }

  /** Command lines of live processes that inherited this bed's mark. */
  processes(): string[] {
    return processesMarked(`BED_MARK=${this.mark}`);
  }

  async close(): Promise<void> {
    await this.spawner.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Command lines of live processes whose environment has the entry. */
export function processesMarked(entry: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (environment.includes(entry)) found.push(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
  return found;
}
