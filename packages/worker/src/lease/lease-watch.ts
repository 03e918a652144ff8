import { times } from "@capstan/protocol/plain";
import type { Lease } from "./lease.js";
import { elapsedMs, laterOf, type Moment } from "./moment.js";

const never: Moment = { monotonicMs: -Infinity, wallMs: -Infinity };

/**
 * Which trials that are not safe to rerun have come too near to the end of their lease.
 *
 * The engine counts a lease from when it read a heartbeat; the worker counts from when it *sent* it, so it always ends
 * the trial first, and two copies never overlap.
 */
export class LeaseWatch {
  readonly #watched = new Map<string, Lease>();
  #renewedAt = never;

  get size(): number {
    return this.#watched.size;
  }

  /** All leases count anew from this moment: when the answered heartbeat, or hello, was sent. */
  renew(sentAt: Moment): void {
    this.#renewedAt = laterOf(this.#renewedAt, sentAt);
  }

  watch(trial: string, lease: Lease): void {
    this.#watched.set(trial, lease);
  }

  forget(trial: string): void {
    this.#watched.delete(trial);
  }

  /** The trials whose time is up; they are not watched any more. */
  takeOverdue(now: Moment): string[] {
    const overdue: string[] = [];
    for (const [trial, lease] of this.#watched) {
      if (this.leftMs(lease, now) <= 0) overdue.push(trial);
    }
    for (const trial of overdue) this.#watched.delete(trial);
    return overdue;
  }

  /** How long until the first trial may be overdue, if nothing is renewed; undefined when none is watched. */
  nextDueMs(now: Moment): number | undefined {
    let leastMs: number | undefined;
    for (const lease of this.#watched.values()) {
      const leftMs = Math.max(0, this.leftMs(lease, now));
      if (leastMs === undefined || leftMs < leastMs) leastMs = leftMs;
    }
    return leastMs;
  }

  /** How long a trial may go on under its lease. */
  leftMs({ leaseMs, acceptedAt }: Lease, now: Moment): number {
    return leaseMs * times.cutOffShare - elapsedMs(laterOf(this.#renewedAt, acceptedAt), now);
  }
}
