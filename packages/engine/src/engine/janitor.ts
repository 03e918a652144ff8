import type { Clock, Timer } from "@capstan/protocol";
import type { Store } from "@capstan/store";

export interface JanitorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly taskRetentionMs: number;
  readonly logRetentionMs: number;
  readonly failed: (error: Error) => void;
}

const restMs = 5 * 60_000;
const stepPauseMs = 50;
const rowsMax = 500;

/** Deletes what is past its retention, in small steps with pauses, so that nobody notices. */
export class Janitor {
  readonly #options: JanitorOptions;
  #timer: Timer;
  #isStopped = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
    this.#timer = options.clock.setTimer(restMs, () => void this.#step());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.cancel();
  }

  async #step(): Promise<void> {
    const { store, clock, taskRetentionMs, logRetentionMs, failed } = this.#options;
    let hasMore = false;
    try {
      ({ hasMore } = await store.prune({ nowMs: clock.wallMs(), taskRetentionMs, logRetentionMs, rowsMax }));
    } catch (error) {
      failed(error as Error);
    }
    if (!this.#isStopped) this.#timer = clock.setTimer(hasMore ? stepPauseMs : restMs, () => void this.#step());
  }
}
