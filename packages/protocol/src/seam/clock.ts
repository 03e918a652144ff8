/** A timer that has not fired yet. */
export interface Timer {
  cancel(): void;
}

/** The time, as everything with effects takes it; tests and the simulator pass their own. */
export interface Clock {
  /** ms, never goes back: leases, deadlines and durations use it. */
  monotonicMs(): number;
  /** ms since 1970: what people are shown. */
  wallMs(): number;
  /** Calls back once, at least `delayMs` later. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

interface Platform {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

const platform = globalThis as unknown as Platform;

/** Longest delay that the platform's timers can hold; longer ones would fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** The clock of the machine, in Node and in the browser. */
export const systemClock: Clock = {
  monotonicMs: () => platform.performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs, callback) {
    let handle: unknown;
    const arm = (leftMs: number): void => {
      handle =
        leftMs > timerMsMax
          ? platform.setTimeout(() => arm(leftMs - timerMsMax), timerMsMax)
          : platform.setTimeout(callback, leftMs);
    };
    arm(delayMs);
    return { cancel: () => platform.clearTimeout(handle) };
  },
};
