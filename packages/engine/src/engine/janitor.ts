import type { Clock, Timer } from "@capstan/protocol";
import type { Store } from "@capstan/store";

export interface JanitorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly retention: Required<Retention>;
  /** Called before a sweep begins, which waits for it. */
  readonly beforeSweep?: () => Promise<void>;
  readonly failed: (error: Error) => void;
}

/** Between two sweeps: this, or a quarter of the shortest retention where that is less. */
const restMsMax = 5 * 60_000;
const restMsMin = 1_000;
const stepPauseMs = 50;
const rowsMax = 500;

/** How long things are kept, in ms. */
export interface Retention {
  /** Finished tasks; default 7 days. */
  readonly taskMs?: number;
  /** What they wrote; default 3 days. */
  readonly logMs?: number;
  /** Blobs that nothing refers to, from when they were last stored or asked for; default a day. */
  readonly blobMs?: number;
  /** What was learnt of a task's duration, from when it was last learnt, and its flaky verdicts; default 90 days. */
  readonly estimateMs?: number;
}

/** Deletes what is past its retention, in small steps with pauses, so that nobody notices. */
export class Janitor {
  readonly #options: JanitorOptions;
  readonly #restMs: number;
  #timer: Timer;
  #isStopped = false;
  #isSweeping = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
    const shortestMs = Math.min(...Object.values(options.retention));
    this.#restMs = Math.min(restMsMax, Math.max(restMsMin, Math.ceil(shortestMs / 4)));
    this.#timer = options.clock.setTimer(this.#restMs, () => void this.#step());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  async #step(): Promise<void> {
    const { store, clock, retention, beforeSweep, failed } = this.#options;
    let hasMore = false;
    try {
      if (!this.#isSweeping && beforeSweep !== undefined) await beforeSweep();
      ({ hasMore } = await store.prune({
        nowMs: clock.wallMs(),
        taskRetentionMs: retention.taskMs,
        logRetentionMs: retention.logMs,
        blobRetentionMs: retention.blobMs,
        estimateRetentionMs: retention.estimateMs,
        rowsMax,
      }));
    } catch (error) {
      failed(error as Error);
    }
    this.#isSweeping = hasMore;
    if (!this.#isStopped) this.#timer = clock.setTimer(hasMore ? stepPauseMs : this.#restMs, () => void this.#step());
  }
}
