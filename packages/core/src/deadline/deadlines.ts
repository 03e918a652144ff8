import { CapstanError } from "@capstan/protocol";
import { IndexedHeap, type HeapItem } from "../heap/indexed-heap.js";

/** Something that is due at an instant, unless it is cancelled before. */
export interface Deadline<T> extends HeapItem {
  readonly what: T;
  /** Changed by `Deadlines.move` only. */
  readonly atMs: number;
  /** Order among deadlines of the same instant. */
  readonly sequence: number;
}

type Moved<T> = { -readonly [K in keyof Deadline<T>]: Deadline<T>[K] };

/**
 * Deadlines in the order of their instants; those of the same instant in the order in which they were added or moved,
 * so that a run can be repeated exactly. Instants are ms of whatever clock the owner uses, the monotonic one as a rule.
 *
 * A cancelled deadline leaves at once, by its place in the heap: memory holds only what is pending, whatever the churn.
 * Most deadlines are cancelled soon after they were added, when they are still near the bottom: that costs O(1).
 */
export class Deadlines<T> {
  readonly #heap = new IndexedHeap<Deadline<T>>(isEarlier);
  #sequence = 0;

  get size(): number {
    return this.#heap.size;
  }

  /** The instant of the earliest deadline; undefined when there is none. */
  get nextAtMs(): number | undefined {
    return this.#heap.peek()?.atMs;
  }

  /** Adds a deadline. @throws CapstanError `internal` when the instant is not a number. */
  add(atMs: number, what: T): Deadline<T> {
    checkInstant(atMs);
    const deadline = { heapAt: -1, atMs, sequence: this.#sequence++, what };
    this.#heap.push(deadline);
    return deadline;
  }

  /** Takes a deadline back; false when it was popped or cancelled before. */
  cancel(deadline: Deadline<T>): boolean {
    return this.#heap.remove(deadline);
  }

  /** Gives a pending deadline another instant; false when it was popped or cancelled before. */
  move(deadline: Deadline<T>, atMs: number): boolean {
    checkInstant(atMs);
    if (!this.#heap.has(deadline)) return false;
    const moved: Moved<T> = deadline;
    moved.atMs = atMs;
    moved.sequence = this.#sequence++;
    return this.#heap.update(deadline);
  }

  /** Takes out the earliest deadline if it is due at `nowMs` or before. `T` should not include undefined. */
  popDue(nowMs: number): T | undefined {
    const first = this.#heap.peek();
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#heap.remove(first);
    return first.what;
  }
}

function isEarlier(a: Deadline<unknown>, b: Deadline<unknown>): boolean {
  return a.atMs === b.atMs ? a.sequence < b.sequence : a.atMs < b.atMs;
}

function checkInstant(atMs: number): void {
  if (Number.isNaN(atMs)) throw new CapstanError("internal", "a deadline needs an instant, and got NaN");
}
