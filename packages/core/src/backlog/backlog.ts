import { makeId, parseId } from "@capstan/protocol";

/** The place of a task among others of its class: unknown lengths first, then the longest, then the order of launch. */
export interface Rank {
  readonly estimateMs: number | null;
  /** Order of launch within the engine. */
  readonly order: number;
}

/** What is kept of a task that waits in the store alone: its place in the queue, and how to ask for it. */
export interface Stowed extends Rank {
  readonly id: string;
}

const capacityLeast = 16;
const unknown = Number.NEGATIVE_INFINITY;
const placeBase = 2 ** 24;

/** Unknown lengths come before all that is known; of the rest the longest is the least. */
function weightOf(estimateMs: number | null): number {
  return estimateMs === null ? unknown : -estimateMs;
}

export function isRankBefore(left: Rank, right: Rank): boolean {
  const [leftWeight, rightWeight] = [weightOf(left.estimateMs), weightOf(right.estimateMs)];
  return leftWeight === rightWeight ? left.order < right.order : leftWeight < rightWeight;
}

/**
 * The tasks of one class that wait in the store alone: 32 bytes each, in a binary heap over typed arrays, so that
 * millions can wait. An id is kept as the numbers that it is made of.
 */
export class Backlog {
  #size = 0;
  /** Three numbers a task: weight, order, and the time of its id. */
  #ranks = new Float64Array(3 * capacityLeast);
  /** Two numbers a task: partition and epoch of its id as one, and the sequence. */
  #ids = new Uint32Array(2 * capacityLeast);

  get size(): number {
    return this.#size;
  }

  /** Whether its first task comes before one of that rank. */
  isBefore(rank: Rank): boolean {
    if (this.#size === 0) return false;
    const weight = weightOf(rank.estimateMs);
    const first = this.#ranks[0]!;
    return first === weight ? this.#ranks[1]! < rank.order : first < weight;
  }

  /** @throws CapstanError `invalid-id`. */
  push({ id, estimateMs, order }: Stowed): void {
    const { timeMs, partition, epoch, sequence } = parseId("task", id);
    if (3 * this.#size === this.#ranks.length) this.#resize(2 * this.#size);
    const at = this.#size;
    this.#size += 1;
    this.#ranks[3 * at] = weightOf(estimateMs);
    this.#ranks[3 * at + 1] = order;
    this.#ranks[3 * at + 2] = timeMs;
    this.#ids[2 * at] = partition * placeBase + epoch;
    this.#ids[2 * at + 1] = sequence;
    this.#rise(at);
  }

  /** Takes the first. */
  pop(): Stowed | undefined {
    return this.#size === 0 ? undefined : this.#takeAt(0);
  }

  /** Takes a task out wherever it stands, looking for it among all: O(n), about a millisecond for a million. */
  take(id: string): Stowed | undefined {
    const at = this.#find(id);
    return at < 0 ? undefined : this.#takeAt(at);
  }

  /** Takes out all of a partition; says how many there were. O(n). */
  drop(partition: number): number {
    let kept = 0;
    for (let at = 0; at < this.#size; at += 1) {
      if (Math.floor(this.#ids[2 * at]! / placeBase) === partition) continue;
      if (kept < at) this.#swap(kept, at);
      kept += 1;
    }
    const count = this.#size - kept;
    this.#size = kept;
    const capacity = Math.max(capacityLeast, 2 * kept);
    if (6 * capacity <= this.#ranks.length) this.#resize(capacity);
    for (let at = (kept >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
    return count;
  }

  /** All that is in it, in no order: for checks. */
  *[Symbol.iterator](): Generator<Stowed> {
    for (let at = 0; at < this.#size; at += 1) yield this.#read(at);
  }

  #find(id: string): number {
    const { timeMs, partition, epoch, sequence } = parseId("task", id);
    const ids = this.#ids.subarray(0, 2 * this.#size);
    for (let found = ids.indexOf(sequence); found >= 0; found = ids.indexOf(sequence, found + 1)) {
      const at = found >> 1;
      const isSequence = found % 2 === 1;
      if (isSequence && ids[2 * at] === partition * placeBase + epoch && this.#ranks[3 * at + 2] === timeMs) return at;
    }
    return -1;
  }

  #read(at: number): Stowed {
    const weight = this.#ranks[3 * at]!;
    const place = this.#ids[2 * at]!;
    const partition = Math.floor(place / placeBase);
    const parts = { timeMs: this.#ranks[3 * at + 2]!, partition, epoch: place % placeBase };
    return {
      id: makeId("task", { ...parts, sequence: this.#ids[2 * at + 1]! }),
      estimateMs: weight === unknown ? null : Math.abs(weight),
      order: this.#ranks[3 * at + 1]!,
    };
  }

  #takeAt(at: number): Stowed {
    const stowed = this.#read(at);
    this.#size -= 1;
    if (at < this.#size) {
      this.#swap(at, this.#size);
      this.#sink(at);
      this.#rise(at);
    }
    if (this.#size >= capacityLeast && 12 * this.#size <= this.#ranks.length) this.#resize(2 * this.#size);
    return stowed;
  }

  #isBefore(left: number, right: number): boolean {
    const ranks = this.#ranks;
    const [leftWeight, rightWeight] = [ranks[3 * left]!, ranks[3 * right]!];
    return leftWeight === rightWeight ? ranks[3 * left + 1]! < ranks[3 * right + 1]! : leftWeight < rightWeight;
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      let child = 2 * at + 1;
      if (child >= this.#size) return;
      if (child + 1 < this.#size && this.#isBefore(child + 1, child)) child += 1;
      if (!this.#isBefore(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(left: number, right: number): void {
    for (let cell = 0; cell < 3; cell += 1) swap(this.#ranks, 3 * left + cell, 3 * right + cell);
    for (let cell = 0; cell < 2; cell += 1) swap(this.#ids, 2 * left + cell, 2 * right + cell);
  }

  #resize(capacity: number): void {
    const [ranks, ids] = [this.#ranks, this.#ids];
    this.#ranks = new Float64Array(3 * capacity);
    this.#ranks.set(ranks.subarray(0, Math.min(ranks.length, 3 * capacity)));
    this.#ids = new Uint32Array(2 * capacity);
    this.#ids.set(ids.subarray(0, Math.min(ids.length, 2 * capacity)));
  }
}

function swap(list: Float64Array | Uint32Array, left: number, right: number): void {
  const kept = list[left]!;
  list[left] = list[right]!;
  list[right] = kept;
}
