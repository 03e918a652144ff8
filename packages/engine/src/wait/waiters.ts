/** People and programs that wait for the verdict of one thing, by its id. */
export class Waiters {
  readonly #callbacks = new Map<string, Set<() => void>>();

  get isEmpty(): boolean {
    return this.#callbacks.size === 0;
  }

  /** Things that somebody waits for. */
  get size(): number {
    return this.#callbacks.size;
  }

  /** Calls back when the thing is told of, until the returned function is called. */
  add(id: string, callback: () => void): () => void {
    let callbacks = this.#callbacks.get(id);
    if (callbacks === undefined) this.#callbacks.set(id, (callbacks = new Set()));
    callbacks.add(callback);
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#callbacks.get(id) === callbacks) this.#callbacks.delete(id);
    };
  }

  tell(id: string): void {
    const callbacks = this.#callbacks.get(id);
    if (callbacks === undefined) return;
    for (const callback of callbacks) callback();
  }
}
