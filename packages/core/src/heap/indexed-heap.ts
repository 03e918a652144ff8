import { CapstanError } from "@capstan/protocol";

/** What an item of an indexed heap carries: its place there, -1 while it is in none. Only the heap writes it. */
export interface HeapItem {
  heapAt: number;
}

/**
 * A binary heap whose items know their place, so that any of them can be removed or moved in O(log n). An item is in
 * one indexed heap at a time. Equal items come out in any order.
 */
export class IndexedHeap<T extends HeapItem> {
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

  has(item: T): boolean {
    return item.heapAt >= 0 && this.#items[item.heapAt] === item;
  }

  /** Adds an item. @throws CapstanError `internal` when the item is in a heap already. */
  push(item: T): void {
    if (item.heapAt !== -1) throw new CapstanError("internal", "an item was pushed that is in a heap already");
    const at = this.#items.length;
    this.#items.push(item);
    this.#rise(item, at);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes an item out, wherever it is; false when it is not in this heap. */
  remove(item: T): boolean {
    if (!this.has(item)) return false;
    const at = item.heapAt;
    const last = this.#items.pop() as T;
    item.heapAt = -1;
    if (last !== item) this.#settle(last, at);
    return true;
  }

  /** Moves an item to its new place after its key changed; false when it is not in this heap. */
  update(item: T): boolean {
    if (!this.has(item)) return false;
    this.#settle(item, item.heapAt);
    return true;
  }

  clear(): void {
    for (const item of this.#items) item.heapAt = -1;
    this.#items.length = 0;
  }

  /** Puts an item into the hole at a place and lets it rise or sink from there. */
  #settle(item: T, at: number): void {
    const parent = at > 0 ? this.#items[(at - 1) >> 1] : undefined;
    if (parent !== undefined && this.#isBefore(item, parent)) this.#rise(item, at);
    else this.#sink(item, at);
  }

  #rise(item: T, from: number): void {
    const items = this.#items;
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt] as T;
      if (!this.#isBefore(item, parent)) break;
      items[at] = parent;
      parent.heapAt = at;
      at = parentAt;
    }
    items[at] = item;
    item.heapAt = at;
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    const size = items.length;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= size) break;
      const rightAt = childAt + 1;
      if (rightAt < size && this.#isBefore(items[rightAt] as T, items[childAt] as T)) childAt = rightAt;
      const child = items[childAt] as T;
      if (!this.#isBefore(child, item)) break;
      items[at] = child;
      child.heapAt = at;
      at = childAt;
    }
    items[at] = item;
    item.heapAt = at;
  }
}
