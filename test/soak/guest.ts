import { setTimeout as pause } from "node:timers/promises";
import type { ProcessBed } from "../bed/process-bed.js";
import { untilNoneWithTmp } from "../bed/process-tree.js";

/** A worker that joins and leaves again and again: in good order, and by being killed, in turn. */
export class Guest {
  readonly #bed: ProcessBed;
  readonly #everyMs: number;
  readonly #ended = new AbortController();
  #visiting: Promise<void> | undefined;
  /** Visits that came to their end. */
  visits = 0;

  constructor(bed: ProcessBed, everyMs: number) {
    this.#bed = bed;
    this.#everyMs = everyMs;
  }

  start(): void {
    this.#visiting = this.#visit();
    // It is asked for in stop.
    this.#visiting.catch(() => {});
  }

  /** @throws Error when anything of it was left behind after a visit. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#visiting;
  }

  async #visit(): Promise<void> {
    while (await this.#passes(this.#everyMs / 2)) {
      const { script, tmp } = await this.#bed.startWorker("guest", { slots: 3, isInline: true });
      await this.#passes(this.#everyMs / 2);
      await script.stop(this.visits % 2 === 0 ? "SIGTERM" : "SIGKILL", 60_000);
      await untilNoneWithTmp(tmp, 20_000);
      this.visits += 1;
    }
  }

  async #passes(ms: number): Promise<boolean> {
    const { signal } = this.#ended;
    await pause(ms, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }
}
