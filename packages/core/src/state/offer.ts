import type { Task } from "./task.js";
import type { Worker } from "./worker.js";

/** A task proposed to a worker and not yet answered. */
export interface Offer {
  readonly number: number;
  readonly task: Task;
  readonly worker: Worker;
  readonly isPrefetch: boolean;
  /** What it is expected to take, as far as it counts against what may be prefetched. */
  readonly expectedMs: number;
  /** Whether the offer is of a twin to a trial that runs. */
  readonly isTwin: boolean;
  expiresAtMonoMs: number;
  /** The batch whose commit it must not overtake; 0 once its time counts, as of one that leaves at once. */
  leavesWith: number;
  /** Whether it counts in its concurrency gate and taskset until it is answered. */
  isReserved: boolean;
  isOpen: boolean;
  /** Accepted, and waiting for the task's input: the worker keeps a slot until it has a grant or a halt. */
  isHeld: boolean;
}
