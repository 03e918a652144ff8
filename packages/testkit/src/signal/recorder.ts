import { inspect } from "node:util";
import { within } from "./within.js";

/**
 * Takes down what happens, in order, so that a test waits for the thing itself instead of sleeping.
 * @example
 * const events = new Recorder<string>();
 * engine.onEvent = (event) => events.add(event.type);
 * await events.waitFor((type) => type === "task.succeeded");
 */
export class Recorder<T> {
  readonly #items: T[] = [];
  readonly #waiters = new Set<() => void>();

  /** All that was added, oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    this.#items.push(item);
    for (const wake of this.#waiters) wake();
  }

  /** The first item that fits, already there or yet to come. Rejects after `timeoutMs` (default 10 s) with what came. */
  waitFor(fits: (item: T) => boolean, timeoutMs = 10_000): Promise<T> {
    return this.#wait(() => {
      const at = this.#items.findIndex(fits);
      return at < 0 ? undefined : { value: this.#items[at] as T };
    }, timeoutMs);
  }

  /** All items, as soon as there are `count` of them. */
  waitForCount(count: number, timeoutMs = 10_000): Promise<readonly T[]> {
    return this.#wait(() => (this.#items.length >= count ? { value: this.#items } : undefined), timeoutMs);
  }

  async #wait<V>(look: () => { readonly value: V } | undefined, timeoutMs: number): Promise<V> {
    let stop = (): void => {};
    const found = new Promise<V>((resolve) => {
      const wake = (): void => {
        const hit = look();
        if (hit === undefined) return;
        this.#waiters.delete(wake);
        resolve(hit.value);
      };
      stop = () => void this.#waiters.delete(wake);
      this.#waiters.add(wake);
      wake();
    });
    try {
      return await within(
        found,
        timeoutMs,
        () => `what was waited for; there were: ${inspect(this.#items, { depth: 2 })}`,
      );
    } finally {
      stop();
    }
  }
}
