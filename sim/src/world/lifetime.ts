import type { Clock, Timer } from "@capstan/protocol";

/** How the clock of a machine differs from the world's. */
export interface Skew {
  /** How fast it goes: 1 is right. */
  readonly rate: number;
  /** What its wall clock is off by, in ms. */
  readonly wallMs: number;
}

const noSkew: Skew = { rate: 1, wallMs: 0 };

/**
 * The life of one process: its clock and its turns. When it ends, nothing that it had planned happens any more; while it
 * is frozen, as by SIGSTOP, everything waits, and follows in order once it thaws. Time goes on meanwhile.
 */
export class Lifetime {
  readonly clock: Clock;
  readonly #world: Clock;
  readonly #skew: Skew;
  #isOver = false;
  #isFrozen = false;
  #waiting: (() => void)[] = [];

  constructor(world: Clock, skew = noSkew) {
    this.#world = world;
    this.#skew = skew;
    this.clock = {
      monotonicMs: () => world.monotonicMs() * skew.rate,
      // Whole, as the wall clock of a machine is.
      wallMs: () => Math.floor(world.wallMs() + skew.wallMs),
      setTimer: (delayMs, callback) => this.#setTimer(delayMs, callback),
    };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Calls back after the present turn. */
  readonly defer = (callback: () => void): void => {
    this.#setTimer(0, callback);
  };

  /** Runs what reaches the process from outside, such as a frame: now, once it thaws, or never. */
  run(callback: () => void): void {
    if (this.#isOver) return;
    if (this.#isFrozen) this.#waiting.push(callback);
    else callback();
  }

  end(): void {
    this.#isOver = true;
    this.#waiting = [];
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    // One turn each, as the event loop of a process that goes on would take them.
    for (const callback of waiting) this.defer(callback);
  }

  #setTimer(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    const fire = (): void => {
      if (!isCancelled) callback();
    };
    const timer = this.#world.setTimer(delayMs / this.#skew.rate, () => this.run(fire));
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }
}
