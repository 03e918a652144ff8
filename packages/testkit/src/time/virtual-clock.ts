import type { Clock, Timer } from "@capstan/protocol";
import { TimerHeap, type PendingTimer } from "./timer-heap.js";

export interface VirtualClockOptions {
  /** ms since 1970 at the start; default 2026-01-01, UTC. */
  readonly wallMs?: number;
  /** Default 0. */
  readonly monotonicMs?: number;
  /** Lets everything happen that is ready to happen now; default: one turn of the event loop, all microtasks included. */
  readonly settle?: () => Promise<void>;
}

/**
 * A clock that stands still until it is advanced: hours pass in milliseconds, and every run is the same.
 * @example
 * const clock = new VirtualClock();
 * clock.setTimer(60_000, () => console.log("a minute later"));
 * await clock.advance(60_000);
 */
export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap();
  readonly #settle: () => Promise<void>;
  #nowMs: number;
  #wallOffsetMs: number;
  #sequence = 0;
  #isAdvancing = false;

  constructor(options: VirtualClockOptions = {}) {
    const { wallMs = Date.UTC(2026, 0, 1), monotonicMs = 0, settle = settleTurn } = options;
    this.#nowMs = monotonicMs;
    this.#wallOffsetMs = wallMs - monotonicMs;
    this.#settle = settle;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Whole milliseconds, as a machine's clock gives them. */
  wallMs(): number {
    return Math.floor(this.#nowMs + this.#wallOffsetMs);
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const delay = delayMs > 0 ? delayMs : 0;
    const timer: PendingTimer = {
      dueMs: this.#nowMs + delay,
      sequence: this.#sequence++,
      callback,
      isCancelled: false,
    };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.isCancelled = true;
      },
    };
  }

  /** How long it is until the next timer fires; undefined when none is set. */
  get nextTimerMs(): number | undefined {
    const next = this.#timers.peek();
    return next === undefined ? undefined : Math.max(0, next.dueMs - this.#nowMs);
  }

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.count();
  }

  /** Moves what people are shown, as when somebody corrects the machine's clock; timers do not notice. */
  shiftWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /**
   * Lets time pass. Timers fire in order, each at its own time, also those that are set meanwhile; whatever follows
   * from one settles before the next. What a timer throws is thrown here, with the time standing at that timer.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`time cannot go back: advance by 0 ms or more, not by ${ms}`);
    await this.#exclusively(() => this.#advanceTo(this.#nowMs + ms));
  }

  /**
   * Goes to the next timer that is due by `endMs`, fires it, and lets settle what follows; goes to `endMs` when there is
   * none. Unlike `advance` it does not first wait for what was begun outside: for who steps from timer to timer.
   */
  async step(endMs: number): Promise<void> {
    await this.#exclusively(async () => {
      const next = this.#timers.peek();
      if (next !== undefined && next.dueMs <= endMs) await this.#fire(next);
      else this.#nowMs = Math.max(this.#nowMs, endMs);
    });
  }

  /** Lets time pass until the next timer has fired. Gives the ms that passed, or undefined when no timer was set. */
  async advanceToNextTimer(): Promise<number | undefined> {
    await this.#settle();
    const ms = this.nextTimerMs;
    if (ms !== undefined) await this.advance(ms);
    return ms;
  }

  /**
   * Lets time pass until the promise settles, and gives its outcome. Time goes from timer to timer; what waits for the
   * world outside as well, such as a socket, needs `stepMs`, so that its timeouts do not come first.
   */
  async advanceUntil<T>(promise: Promise<T>, stepMs?: number): Promise<T> {
    const state = { isSettled: false };
    const settled = (): void => {
      state.isSettled = true;
    };
    promise.then(settled, settled);
    await this.#settle();
    while (!state.isSettled) {
      const ms = stepMs ?? this.nextTimerMs;
      if (ms === undefined) throw new Error("no timer is set, and what is waited for has not happened");
      await this.advance(ms);
    }
    return promise;
  }

  async #advanceTo(endMs: number): Promise<void> {
    await this.#settle();
    for (let next = this.#timers.peek(); next !== undefined && next.dueMs <= endMs; next = this.#timers.peek()) {
      await this.#fire(next);
    }
    this.#nowMs = endMs;
  }

  /** The first of the timers. */
  async #fire(next: PendingTimer): Promise<void> {
    this.#timers.pop();
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
    await this.#settle();
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#isAdvancing) throw new Error("the clock is advancing already: await the first advance before the next");
    this.#isAdvancing = true;
    try {
      await work();
    } finally {
      this.#isAdvancing = false;
    }
  }
}

/** One turn of the event loop; microtasks and `process.nextTick` are through when it is over. */
function settleTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
