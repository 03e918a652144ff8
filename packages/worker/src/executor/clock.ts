/** The time that executors go by, so that tests and simulations may pass their own. */
export interface Clock {
  /** Monotonic time in milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Wall time in milliseconds since 1970. */
  wallMs(): number;
  /** Calls `fire` once after `delayMs`; the answer takes the call back. */
  after(delayMs: number, fire: () => void): () => void;
}

/** Longest delay that the platform's timers can hold; longer ones would fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** The clock of this machine. Its timers keep the process alive until they fired or were taken back. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fire) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      timer = leftMs > timerMsMax ? setTimeout(() => arm(leftMs - timerMsMax), timerMsMax) : setTimeout(fire, leftMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
