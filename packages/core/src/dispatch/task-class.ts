import { Heap } from "../heap/heap.js";
import type { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import type { Cell } from "./cell.js";
import type { Gate, RateGate } from "./gate.js";

/** Unknown length first, after it the longest estimate first, after it the order of launch; returned tasks before all. */
export function isTaskBefore(left: Task, right: Task): boolean {
  if (left.isFront !== right.isFront) return left.isFront;
  if (left.estimateMs !== right.estimateMs) {
    if (left.estimateMs === null) return true;
    if (right.estimateMs === null) return false;
    return left.estimateMs > right.estimateMs;
  }
  return left.order < right.order;
}

export type Block = "none" | "concurrency" | "rate";

/** Tasks that match the same workers and are held up by the same limits: one queue. */
export class TaskClass {
  readonly queue = new Heap<Task>(isTaskBefore);
  queued = 0;
  /** Unfinished tasks of the class; it is forgotten at zero. */
  live = 0;
  block: Block = "none";
  heapAt = -1;
  /** What a trial of it is expected to take, from the trials seen; null before the first. */
  meanMs: number | null = null;

  readonly taskset: Taskset | null;
  readonly gate: Gate | null;
  readonly rate: RateGate | null;

  constructor(
    readonly spec: TaskSpec,
    readonly cell: Cell,
    gates: { readonly gate: Gate | null; readonly rate: RateGate | null },
  ) {
    this.taskset = cell.lane.taskset;
    this.gate = gates.gate;
    this.rate = gates.rate;
  }

  /** The task that is next, entries of removed ones passed over. */
  get head(): Task | undefined {
    let task = this.queue.peek();
    while (task !== undefined && !task.isQueued) {
      this.queue.pop();
      task.hasOldEntry = false;
      task = this.queue.peek();
    }
    return task;
  }
}

export function isClassBefore(left: TaskClass, right: TaskClass): boolean {
  const leftHead = left.head;
  const rightHead = right.head;
  if (leftHead === undefined || rightHead === undefined) return leftHead !== undefined;
  return isTaskBefore(leftHead, rightHead);
}
