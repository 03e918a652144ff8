import { CapstanError } from "@capstan/protocol";

/** Grants that count as one: they come back together, `perMs` after the last of them. */
interface Batch {
  readonly firstMs: number;
  lastMs: number;
  count: number;
}

/** Up to this limit every grant keeps its own instant; beyond it, `perMs` is cut into as many pieces. */
const batchesMax = 1_024;

/**
 * A rate limit that holds in *every* window: of the grants in any [t, t + perMs) there are at most `limit`. A permit
 * comes back exactly `perMs` after it was taken, in the rhythm in which they were taken.
 *
 * A bucket that refills by the clock does not promise that (a full bucket and the refill during the next `perMs` are
 * together twice the limit), so the instants of the last grants are kept instead. Up to a limit of 1,024 they are
 * exact. Above, grants within perMs / 1,024 of each other are kept as one and come back when the last of them does:
 * the limit still holds, the throughput stays within 0.1 % of it, and memory is bounded for any limit.
 *
 * Instants are monotonic ms; one before an earlier call's counts as that one.
 */
export class TokenBucket {
  #limit = 0;
  #perMs = 0;
  #nowMs: number;
  #batches: Batch[] = [];
  /** Where the batches begin that still count. */
  #head = 0;
  #taken = 0;

  /** @throws CapstanError `internal` when limit or perMs is below 1. */
  constructor(limit: number, perMs: number, nowMs: number) {
    this.#nowMs = nowMs;
    this.reconfigure(limit, perMs, nowMs);
  }

  /** Permits that can be taken at once. */
  available(nowMs: number): number {
    this.#forget(nowMs);
    return Math.max(0, this.#limit - this.#taken);
  }

  canTake(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#taken < this.#limit;
  }

  /**
   * Records a grant and gives the instant under which it counts, for `giveBack`. It does so beyond the limit too: a
   * trial that is adopted after a restart has its grant already, and later ones wait for it. So ask `canTake` first.
   */
  take(nowMs: number): number {
    this.#forget(nowMs);
    this.#taken++;
    const last = this.#head < this.#batches.length ? this.#batches.at(-1) : undefined;
    const pieceMs = this.#limit > batchesMax ? this.#perMs / batchesMax : 0;
    if (last !== undefined && this.#nowMs - last.firstMs <= pieceMs) {
      last.lastMs = this.#nowMs;
      last.count++;
    } else this.#batches.push({ firstMs: this.#nowMs, lastMs: this.#nowMs, count: 1 });
    return this.#nowMs;
  }

  /** When a permit is there to be taken: `nowMs` itself if one is. */
  readyAtMs(nowMs: number): number {
    this.#forget(nowMs);
    let excess = this.#taken - this.#limit;
    if (excess < 0) return nowMs;
    for (let at = this.#head; at < this.#batches.length; at++) {
      const batch = this.#batches[at] as Batch;
      excess -= batch.count;
      if (excess < 0) return batch.lastMs + this.#perMs;
    }
    throw new CapstanError("internal", "a rate limit counts more grants than it knows of");
  }

  /** When none of the grants so far counts any more: `nowMs` itself if none does. */
  idleAtMs(nowMs: number): number {
    this.#forget(nowMs);
    const last = this.#head < this.#batches.length ? this.#batches.at(-1) : undefined;
    return last === undefined ? nowMs : last.lastMs + this.#perMs;
  }

  /** Undoes the grant that was taken at this instant and not used; no effect when it no longer counts. */
  giveBack(takenAtMs: number): void {
    for (let at = this.#batches.length - 1; at >= this.#head; at--) {
      const batch = this.#batches[at] as Batch;
      if (batch.lastMs < takenAtMs) return;
      if (batch.firstMs > takenAtMs) continue;
      batch.count--;
      this.#taken--;
      if (batch.count === 0) this.#batches.splice(at, 1);
      return;
    }
  }

  /**
   * Changes the limit from now on; what was granted before counts as far as the old `perMs` remembers it.
   * @throws CapstanError `internal` when limit or perMs is below 1.
   */
  reconfigure(limit: number, perMs: number, nowMs: number): void {
    if (!(limit >= 1 && perMs >= 1)) throw new CapstanError("internal", "a rate limit is at least 1 in at least 1 ms");
    this.#forget(nowMs);
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** Drops what no longer counts at this instant. */
  #forget(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
    const batches = this.#batches;
    for (; this.#head < batches.length; this.#head++) {
      const batch = batches[this.#head] as Batch;
      if (batch.lastMs + this.#perMs > this.#nowMs) break;
      this.#taken -= batch.count;
    }
    if (this.#head > 32 && 2 * this.#head > batches.length) {
      this.#batches = batches.slice(this.#head);
      this.#head = 0;
    }
  }
}
