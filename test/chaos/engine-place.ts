import { setTimeout as pause } from "node:timers/promises";
import type { EngineOptions } from "@capstan/engine";
import type { Script } from "@capstan/testkit";
import { crashAt, type CrashPoint } from "../bed/crash-point.js";
import { monotonicMs } from "../bed/journal.js";
import type { ProcessBed } from "../bed/process-bed.js";
import { kill } from "../bed/process-tree.js";
import { violation, type Violation } from "../bed/violation.js";
import type { SmallDisk } from "../bed/small-disk.js";
import type { FaultLog } from "./fault-log.js";

export interface EnginePlaceParts {
  readonly bed: ProcessBed;
  readonly log: FaultLog;
  readonly config: NonNullable<EngineOptions["config"]>;
  readonly disk: SmallDisk | undefined;
  readonly found: (violation: Violation) => void;
}

/** A crash point that is not reached in this time is left to an ordinary kill. */
const crashWithinMs = 6_000;
const refusedPauseMs = 200;

/** The engine's place: always one engine, or one that is about to be started again. */
export class EnginePlace {
  /** When each start that led to an address was begun, on the machine's monotonic clock. */
  readonly startsMs: number[] = [];
  readonly #parts: EnginePlaceParts;
  #isMeant = false;
  /** When the disk was last full, on the machine's monotonic clock: Infinity while it is. */
  #diskFullMs = -Infinity;

  constructor(parts: EnginePlaceParts) {
    this.#parts = parts;
  }

  /** Starts it, again and again while its disk is full. */
  async start(crash?: string): Promise<void> {
    const { bed, config, found } = this.#parts;
    this.#isMeant = crash !== undefined;
    for (;;) {
      const startedAtMs = monotonicMs();
      try {
        const engine = await bed.startEngine({ config, ...(crash === undefined ? {} : { crash }) });
        this.startsMs.push(startedAtMs);
        void engine.exited.then(() => this.#ended(engine));
        return;
      } catch (error) {
        if (crash !== undefined) return;
        const wasDiskFull = this.#diskFullMs >= startedAtMs;
        if (!wasDiskFull || !String(error).includes("store-failed"))
          found(violation("failed", `the engine did not start: ${String(error).slice(0, 2_000)}`));
        await pause(refusedPauseMs);
      }
    }
  }

  /** It died, and nobody had done anything to it: it is started again, so that the rest goes on. */
  #ended(engine: Script): void {
    if (this.#isMeant || this.#parts.bed.engine !== engine) return;
    this.#parts.found(violation("failed", `the engine ended by itself: ${engine.stderr.slice(-2_000)}`));
    void this.start();
  }

  async kill(downMs: number): Promise<void> {
    const { bed, log } = this.#parts;
    this.#isMeant = true;
    const fault = log.begin({ kind: "engine-kill", target: "engine", kills: 1, what: `for ${downMs} ms` });
    await bed.killEngine();
    await pause(downMs);
    await this.start();
    log.end(fault);
  }

  /** Starts it so that it dies at a named point by itself, which costs it two lives. */
  async crash(point: CrashPoint, n: number): Promise<void> {
    const { bed, log } = this.#parts;
    this.#isMeant = true;
    const spec = crashAt(point, n);
    const fault = log.begin({ kind: "engine-crash", target: "engine", kills: 2, what: `at ${spec}` });
    await bed.killEngine();
    await this.start(spec);
    await Promise.race([bed.engine!.exited, pause(crashWithinMs)]);
    await bed.killEngine();
    await this.start();
    log.end(fault);
  }

  async freeze(forMs: number): Promise<void> {
    const { bed, log } = this.#parts;
    const { pid } = bed.engine!;
    const fault = log.begin({ kind: "engine-freeze", target: "engine", pids: [pid], what: `for ${forMs} ms` });
    kill(pid, "SIGSTOP");
    await pause(forMs);
    kill(pid, "SIGCONT");
    log.end(fault);
  }

  /** Leaves no room on its disk for a while; `press` launches meanwhile, so that it is felt. */
  async fillDisk(forMs: number, press: () => Promise<void>): Promise<void> {
    const { disk, log } = this.#parts;
    if (disk === undefined) return;
    const fault = log.begin({ kind: "disk-full", target: "disk", what: `for ${forMs} ms` });
    this.#diskFullMs = Infinity;
    disk.fill();
    await Promise.all([press(), pause(forMs)]);
    disk.free();
    this.#diskFullMs = monotonicMs();
    log.end(fault);
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#isMeant = true;
    await this.#parts.bed.engine?.stop("SIGTERM", 30_000);
  }
}
