import { TokenBucket } from "../rate/token-bucket.js";
import type { TaskClass } from "./task-class.js";

/** The permits of one concurrency key of a namespace: held in memory, counted exactly, never by scanning. */
export class Gate {
  /** Permits held by trials, or promised by offers. */
  taken = 0;
  /** Classes that wait for a permit, longest first. */
  readonly waiting = new Set<TaskClass>();
  /** Classes that name the key, to know when it may be forgotten. */
  classes = 0;

  constructor(
    readonly key: string,
    public limit: number,
  ) {}

  get isFull(): boolean {
    return this.taken >= this.limit;
  }
}

/** The grants of one rate key of a namespace. */
export class RateGate {
  readonly bucket: TokenBucket;
  classes = 0;

  constructor(
    readonly key: string,
    limit: number,
    perMs: number,
    nowMs: number,
  ) {
    this.bucket = new TokenBucket(limit, perMs, nowMs);
  }
}
