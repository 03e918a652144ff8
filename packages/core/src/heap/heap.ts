/**
 * A binary heap: `pop` gives an item that no other comes before. Items that are equal come out in any order; an order
 * that must be exact needs a last word in `isBefore`, such as a sequence.
 *
 * Push and pop take O(log n). Items are moved into a hole instead of being swapped, which halves the writes.
 */
export class Heap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The item that `pop` would give. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    const isBefore = this.#isBefore;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt] as T;
      if (!isBefore(item, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    if (items.length === 0) return undefined;
    const first = items[0];
    const last = items.pop() as T;
    if (items.length > 0) this.#sink(last);
    return first;
  }

  /** Takes an item out wherever it is, looking for it among all: O(n). False when it is not there. */
  remove(item: T): boolean {
    const at = this.#items.indexOf(item);
    if (at < 0) return false;
    this.#items.splice(at, 1);
    // Those behind the hole have other parents now.
    const items = this.#items.splice(0);
    for (const each of items) this.push(each);
    return true;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Puts an item into the hole at the top and lets it sink to its place. */
  #sink(item: T): void {
    const items = this.#items;
    const isBefore = this.#isBefore;
    const size = items.length;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= size) break;
      let child = items[childAt] as T;
      const rightAt = childAt + 1;
      if (rightAt < size && isBefore(items[rightAt] as T, child)) {
        childAt = rightAt;
        child = items[rightAt] as T;
      }
      if (!isBefore(child, item)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = item;
  }
}
