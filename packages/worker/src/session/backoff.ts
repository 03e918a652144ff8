import type { Random } from "@capstan/protocol";

export interface BackoffOptions {
  /** The longest first delay, in ms. Default 50. */
  readonly initialMs?: number;
  /** The longest delay of all, in ms. Default 5,000. */
  readonly maxMs?: number;
}

/** Delays that double from failure to failure, half of each random, so that workers do not come back all at once. */
export class Backoff {
  readonly #random: Random;
  readonly #initialMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(random: Random, options: BackoffOptions = {}) {
    this.#random = random;
    this.#initialMs = options.initialMs ?? 50;
    this.#maxMs = options.maxMs ?? 5_000;
  }

  /** The delay before the next try, in ms. */
  nextMs(): number {
    const wholeMs = Math.min(this.#maxMs, this.#initialMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return wholeMs / 2 + (this.#random.fraction() * wholeMs) / 2;
  }

  /** The next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}
