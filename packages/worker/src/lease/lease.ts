import type { Moment } from "./moment.js";

/** The lease of a trial that is not safe to rerun: nothing of it may go on once most of it has passed unrenewed. */
export interface Lease {
  readonly leaseMs: number;
  /** When its offer was accepted: the lease began no earlier. */
  readonly acceptedAt: Moment;
}
