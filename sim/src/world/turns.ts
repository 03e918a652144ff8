const batch = 64;

/**
 * Turns of the event loop, many at the price of one: microtasks and ticks are through between any two immediates, also
 * of one pass of the loop. What waits for the world outside, such as a disk, gets its turn only now and then: nothing in
 * the simulation does.
 */
export class Turns {
  #left = 0;
  #resolve: () => void = () => {};

  /** Resolves when all that is ready to happen has happened. One at a time. */
  readonly pass = (): Promise<void> => {
    if (this.#left === 0) this.#queue();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  };

  #queue(): void {
    this.#left = batch;
    for (let count = 0; count < batch; count += 1) setImmediate(this.#take);
  }

  readonly #take = (): void => {
    this.#left -= 1;
    const resolve = this.#resolve;
    this.#resolve = () => {};
    resolve();
  };
}
