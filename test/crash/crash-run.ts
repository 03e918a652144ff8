import { setTimeout as pause } from "node:timers/promises";
import { SeededRandom } from "@capstan/testkit";
import { crashAt, crashPoints } from "../bed/crash-point.js";
import { deployProbe } from "../bed/deploy-probe.js";
import { gatherEvidence } from "../bed/evidence.js";
import { findViolations } from "../bed/find-violations.js";
import type { Launch } from "../bed/launch-book.js";
import { plainWays } from "../bed/launch-way.js";
import { Load } from "../bed/load.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import type { Violation } from "../bed/violation.js";

export interface CrashOptions {
  /** How often the engine is killed under load. */
  readonly kills: number;
  readonly seed: number;
  /** How long the engine stays away at the end, with tasks that run on meanwhile, in ms. */
  readonly absenceMs: number;
  /** Pause of each of three lanes of launches between two, in ms. Default 15. */
  readonly everyMs?: number;
  /** `postgres://` address of the engine's store; SQLite without. */
  readonly store?: string;
  readonly tell?: (line: string) => void;
}

export interface CrashReport {
  readonly kills: number;
  /** How many of the kills were at each named point; `random`: at no particular one. */
  readonly killed: Readonly<Record<string, number>>;
  readonly launched: number;
  readonly cancelled: number;
  readonly begun: number;
  /** Time from the first line of code of a restarted engine to its address, in ms. */
  readonly restartMs: { readonly median: number; readonly most: number };
  readonly seconds: number;
  readonly violations: readonly Violation[];
}

/**
 * Kills an engine again and again while clients launch, wait and cancel and workers run, then lets everything end and
 * says what the promises of the model do not explain. The workers live all the time, so nothing may ever run twice.
 */
export function crashRun(options: CrashOptions): Promise<CrashReport> {
  const { store } = options;
  return withBed((bed) => new CrashRun(bed, options).run(), store === undefined ? {} : { store });
}

class CrashRun {
  readonly #bed: ProcessBed;
  readonly #options: CrashOptions;
  readonly #random: SeededRandom;
  readonly #load: Load;
  readonly #killed: Record<string, number> = {};
  readonly #startsMs: number[] = [];
  #long: Launch[] = [];

  constructor(bed: ProcessBed, options: CrashOptions) {
    this.#bed = bed;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const { client, journal } = bed;
    this.#load = new Load({
      client,
      journal: journal.file,
      random: this.#random.fork("load"),
      everyMs: options.everyMs ?? 15,
      ways: plainWays,
    });
  }

  async run(): Promise<CrashReport> {
    const startedMs = performance.now();
    const bed = this.#bed;
    await bed.startEngine();
    await deployProbe(bed.client);
    await bed.startWorker("one", { slots: 6 });
    await bed.startWorker("two", { slots: 6 });
    this.#load.start();
    for (let n = 1; n <= this.#options.kills; n += 1) await this.#killOnce(n);
    await this.#startEngine(undefined);
    await this.#load.repeat(100);
    await this.#load.stop();
    this.#options.tell?.("all launches are acknowledged");
    await this.#stayAway();
    const { book } = this.#load;
    book.add(...this.#long);
    const evidence = await gatherEvidence({ client: bed.client, journal: bed.journal, book, timeoutMs: 180_000 });
    const violations = findViolations(evidence, { isUntouched: true });
    const sorted = this.#startsMs.toSorted((a, b) => a - b);
    return {
      kills: this.#options.kills,
      killed: this.#killed,
      launched: book.launches.length,
      cancelled: book.cancels.size,
      begun: bed.journal.of("begin").length,
      restartMs: { median: Math.round(sorted[sorted.length >> 1] ?? 0), most: Math.round(sorted.at(-1) ?? 0) },
      seconds: Math.round((performance.now() - startedMs) / 1_000),
      violations,
    };
  }

  /** Two deaths of three are at a named point, at a number of passes that differs. */
  async #killOnce(n: number): Promise<void> {
    const bed = this.#bed;
    const named = n - 1 - Math.ceil(n / 3);
    const point = n % 3 === 1 ? undefined : crashPoints[named % crashPoints.length]!;
    if (n > 1) await this.#startEngine(point === undefined ? undefined : crashAt(point, this.#random.int(1, 60)));
    const afterMs = point === undefined ? this.#random.int(30, 900) : 5_000;
    const exit = await Promise.race([bed.engine!.exited, pause(afterMs)]);
    await bed.killEngine();
    const how = exit === undefined || point === undefined ? "random" : point;
    this.#killed[how] = (this.#killed[how] ?? 0) + 1;
    this.#options.tell?.(`kill ${n} (${how}), ${this.#load.book.launches.length} launched`);
    await pause(this.#random.chance(0.2) ? this.#random.int(500, 2_500) : this.#random.int(0, 150));
  }

  async #startEngine(crash: string | undefined): Promise<void> {
    try {
      await this.#bed.startEngine(crash === undefined ? {} : { crash });
      this.#startsMs.push(this.#bed.startMs);
    } catch (error) {
      // It may die before it has its address, but only where it was told to.
      if (crash === undefined) throw error;
    }
  }

  /** The engine is away for long, while some tasks end and others run on: none of them runs again. */
  async #stayAway(): Promise<void> {
    const { absenceMs } = this.#options;
    const bed = this.#bed;
    const lengths = [0.3, 0.6, 1.3, 1.5].map((share) => Math.round(absenceMs * share));
    const begun = bed.journal.of("begin").length;
    this.#long = await Promise.all(
      lengths.map(async (forMs, at) => {
        const n = 1_000_000 + at;
        const input = { journal: bed.journal.file, n, forMs };
        return { n, forMs, task: (await bed.client.launch("probe/note", input, { policy: { priority: 9 } })).id };
      }),
    );
    await bed.journal.waitForCount("begin", begun + lengths.length, 60_000);
    await this.#untilBegun();
    await bed.killEngine();
    this.#options.tell?.(`the engine stays away for ${absenceMs} ms`);
    await pause(absenceMs);
    await this.#startEngine(undefined);
    this.#options.tell?.("the engine is back for good");
  }

  async #untilBegun(): Promise<void> {
    const isBegun = (): boolean => {
      const begun = new Set(this.#bed.journal.of("begin").map(({ n }) => n));
      return this.#long.every(({ n }) => begun.has(n));
    };
    for (let more = this.#bed.journal.of("begin").length; !isBegun(); more += 1) {
      await this.#bed.journal.waitForCount("begin", more + 1, 60_000);
    }
  }
}
