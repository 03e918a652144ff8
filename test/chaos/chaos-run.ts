import { SeededRandom } from "@capstan/testkit";
import { deployProbe } from "../bed/deploy-probe.js";
import { gatherEvidence, type Evidence } from "../bed/evidence.js";
import { findViolations } from "../bed/find-violations.js";
import { monotonicMs } from "../bed/journal.js";
import { Load } from "../bed/load.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { processesWithTmp } from "../bed/process-tree.js";
import { SmallDisk } from "../bed/small-disk.js";
import { violation, type Violation } from "../bed/violation.js";
import { countWork, type ChaosReport } from "./chaos-report.js";
import { chaosPolicy, chaosWays } from "./chaos-way.js";
import { CpuMeter } from "./cpu-meter.js";
import { EnginePlace } from "./engine-place.js";
import type { Scene } from "./fault-draw.js";
import { FaultLog, type Fault, type FaultKind } from "./fault-log.js";
import { frozenOf, judgeRest, judgeVerdictsAgain } from "./judge-calm.js";
import { press } from "./press.js";
import { recoveryTimes } from "./recovery.js";
import { Storm } from "./storm.js";
import { WorkerPlace } from "./worker-place.js";

export interface ChaosOptions {
  readonly seed: number;
  /** Length of the storm, in ms. */
  readonly stormMs: number;
  readonly killsAMinute: number;
  readonly othersAMinute: number;
  /** Lease of tasks and workers, in ms. Default 3,000. */
  readonly leaseMs?: number;
  /** Default 4. */
  readonly workers?: number;
  /** Pause of each of three lanes of launches between two, in ms. Default 900. */
  readonly everyMs?: number;
  /** Kinds of faults that the storm begins with, one of each. */
  readonly first?: readonly FaultKind[];
  /** Ends the storm early. */
  readonly signal?: AbortSignal;
  readonly onFault?: (fault: Fault) => void;
  readonly onViolation?: (violation: Violation) => void;
  /** Told every few seconds how things stand. */
  readonly onProgress?: (progress: ChaosProgress) => void;
}

export interface ChaosProgress {
  readonly phase: "storm" | "settling" | "checking";
  readonly seconds: number;
  readonly kills: number;
  readonly faults: number;
  readonly launched: number;
  readonly verdicts: number;
  readonly violations: number;
  readonly cores: number;
}

const slots = 6;
const diskBytes = 1024 ** 3;
const progressMs = 5_000;
/** By when every verdict must be there once the faults are over. */
const settleMs = 120_000;

/**
 * An engine and workers as real processes, under load, with faults of every kind drawn by a seed; then no more faults,
 * until everything has its verdict. Says what the promises of the model do not explain.
 */
export function chaosRun(options: ChaosOptions): Promise<ChaosReport> {
  return withBed(async (bed) => {
    const disk = SmallDisk.isPossible() ? SmallDisk.mount(bed.dataFolder, diskBytes) : undefined;
    const run = new ChaosRun(bed, options, disk);
    try {
      return await run.run();
    } finally {
      await bed.close();
      disk?.remove();
    }
  });
}

class ChaosRun {
  readonly #bed: ProcessBed;
  readonly #options: ChaosOptions;
  readonly #disk: SmallDisk | undefined;
  readonly #random: SeededRandom;
  readonly #leaseMs: number;
  readonly #load: Load;
  readonly #log: FaultLog;
  readonly #engine: EnginePlace;
  readonly #workers: WorkerPlace[] = [];
  readonly #violations: Violation[] = [];
  readonly #meter = new CpuMeter();
  readonly #startedMs = monotonicMs();
  #phase: ChaosProgress["phase"] = "storm";
  #refused = 0;
  /** What a full disk refused, under way again. */
  readonly #acknowledged: Promise<void>[] = [];

  constructor(bed: ProcessBed, options: ChaosOptions, disk: SmallDisk | undefined) {
    this.#bed = bed;
    this.#options = options;
    this.#disk = disk;
    this.#leaseMs = options.leaseMs ?? 3_000;
    this.#random = new SeededRandom(options.seed);
    const { client, journal } = bed;
    this.#load = new Load({
      client,
      journal: journal.file,
      random: this.#random.fork("load"),
      everyMs: options.everyMs ?? 900,
      ways: chaosWays(this.#leaseMs),
    });
    this.#log = new FaultLog(options.onFault);
    const [heartbeatMs, unreachableMs] = [Math.round(this.#leaseMs / 8), Math.round(this.#leaseMs / 3)];
    const config = { heartbeatMs, unreachableMs, leaseMs: this.#leaseMs };
    this.#engine = new EnginePlace({ bed, log: this.#log, config, disk, found: (found) => this.#found(found) });
  }

  async run(): Promise<ChaosReport> {
    const ticker = setInterval(() => this.#tick(), progressMs);
    try {
      await this.#start();
      const stormMs = await this.#storm();
      const { evidence, settledMs } = await this.#settle();
      await this.#end(evidence);
      return this.#report(evidence, stormMs, settledMs);
    } finally {
      clearInterval(ticker);
    }
  }

  async #start(): Promise<void> {
    const bed = this.#bed;
    await this.#engine.start();
    await deployProbe(bed.client);
    for (let n = 1; n <= (this.#options.workers ?? 4); n += 1) {
      const parts = {
        bed,
        log: this.#log,
        name: `worker-${n}`,
        slots,
        found: (found: Violation) => this.#found(found),
      };
      this.#workers.push(await WorkerPlace.open(parts));
    }
    this.#load.start();
    await bed.journal.waitForCount("begin", 10, settleMs);
  }

  /** How long it lasted, in ms. */
  async #storm(): Promise<number> {
    const { stormMs, first = [], killsAMinute, othersAMinute, signal = new AbortController().signal } = this.#options;
    const random = this.#random.fork("faults");
    const scene: Scene = {
      engine: this.#engine,
      workers: this.#workers,
      leaseMs: this.#leaseMs,
      press: () => this.#press(),
    };
    const startedMs = monotonicMs();
    const storm = new Storm({
      scene,
      random,
      killsAMinute,
      othersAMinute,
      isPossible: (kind) => this.#isPossible(kind),
      failed: (error) => this.#found(violation("failed", `a fault could not be brought about: ${String(error)}`)),
      signal,
    });
    await storm.rage(stormMs, first);
    return monotonicMs() - startedMs;
  }

  /** Nothing is done to anything any more: all that was acknowledged must come to its verdict. */
  async #settle(): Promise<{ evidence: Evidence; settledMs: number }> {
    this.#phase = "settling";
    const calmMs = monotonicMs();
    const { client, journal } = this.#bed;
    const { book } = this.#load;
    await Promise.all([this.#load.stop(), ...this.#acknowledged]);
    await this.#load.repeat(50);
    const evidence = await gatherEvidence({ client, journal, book, timeoutMs: settleMs });
    const all = { ...evidence, frozen: frozenOf(this.#log.faults) };
    for (const found of findViolations(all)) this.#found(found);
    const endsMs = [...evidence.tasks.values()].map(({ endedAtMs = 0 }) => endedAtMs);
    const lastMs = Math.max(...endsMs) - (Date.now() - monotonicMs());
    return { evidence: all, settledMs: Math.max(0, Math.round(lastMs - calmMs)) };
  }

  /** What is final is so after another crash, nothing is held by anybody, and no process is left. */
  async #end(evidence: Evidence): Promise<void> {
    this.#phase = "checking";
    const { client } = this.#bed;
    for (const found of await judgeRest(client)) this.#found(found);
    await this.#engine.kill(0);
    for (const found of await judgeVerdictsAgain(client, evidence)) this.#found(found);
    await Promise.all(this.#workers.map((worker) => worker.close()));
    await this.#engine.stop();
  }

  #report(evidence: Evidence, stormMs: number, settledMs: number): ChaosReport {
    this.#readCpu();
    const { startsMs: engineStartsMs } = this.#engine;
    const { faults } = this.#log;
    return {
      seed: this.#options.seed,
      stormSeconds: Math.round(stormMs / 1_000),
      leaseMs: this.#leaseMs,
      kills: this.#log.kills,
      faults: this.#log.counts(),
      work: countWork(evidence, this.#refused),
      recovery: recoveryTimes({ faults, lines: evidence.lines, book: evidence.book, engineStartsMs }),
      settledMs,
      cores: this.#cores(),
      violations: this.#violations,
    };
  }

  #isPossible(kind: FaultKind): boolean {
    return kind !== "disk-full" || this.#disk !== undefined;
  }

  async #press(): Promise<void> {
    const { isRefused, acknowledged } = await press(this.#load.desk, this.#bed.url, chaosPolicy(this.#leaseMs));
    if (isRefused) this.#refused += 1;
    this.#acknowledged.push(acknowledged);
  }

  #found(found: Violation): void {
    this.#violations.push(found);
    this.#options.onViolation?.(found);
  }

  #readCpu(): void {
    const trees = this.#workers.flatMap(({ tmp }) => processesWithTmp(tmp).map(({ pid }) => pid));
    this.#meter.read([process.pid, ...(this.#bed.engine === undefined ? [] : [this.#bed.engine.pid]), ...trees]);
  }

  #cores(): number {
    return (this.#meter.seconds * 1_000) / (monotonicMs() - this.#startedMs);
  }

  #tick(): void {
    this.#readCpu();
    const { book } = this.#load;
    this.#options.onProgress?.({
      phase: this.#phase,
      seconds: Math.round((monotonicMs() - this.#startedMs) / 1_000),
      kills: this.#log.kills,
      faults: this.#log.faults.length,
      launched: book.launches.length,
      verdicts: book.verdicts.size,
      violations: this.#violations.length,
      cores: this.#cores(),
    });
  }
}
