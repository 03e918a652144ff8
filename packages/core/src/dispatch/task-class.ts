import { isRankBefore, type Backlog, type Stowed } from "../backlog/backlog.js";
import { Heap } from "../heap/heap.js";
import type { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import type { Cell } from "./cell.js";
import type { Gate, RateGate } from "./gate.js";

/** Unknown length first, after it the longest estimate first, after it the order of launch; returned tasks before all. */
export function isTaskBefore(left: Task, right: Task): boolean {
  if (left.isFront !== right.isFront) return left.isFront;
  return isRankBefore(left, right);
}

const nothing: readonly Stowed[] = [];

export type Block = "none" | "concurrency" | "rate";

/** Tasks that match the same workers and are held up by the same limits: one queue. */
export class TaskClass {
  readonly queue = new Heap<Task>(isTaskBefore);
  /** Tasks that wait for a worker, wherever they are kept. */
  queued = 0;
  /** Those of them that are whole and stand in the queue. */
  inWindow = 0;
  /** Those that are in the store alone; null while there are none. */
  backlog: Backlog | null = null;
  /** Those that are being read from the store, in their order. */
  recalling: readonly Stowed[] = nothing;
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

  /** Unfinished tasks in memory. */
  get whole(): number {
    return this.live - this.recalling.length - (this.backlog === null ? 0 : this.backlog.size);
  }

  /** The task that is next; none while it must be read from the store first. */
  get head(): Task | undefined {
    const head = this.firstInWindow;
    if (head === undefined || this.backlog === null || head.isFront) return head;
    return this.isStowedBefore(head) ? undefined : head;
  }

  isStowedBefore(task: Task): boolean {
    const [recalled] = this.recalling;
    return (recalled !== undefined && isRankBefore(recalled, task)) || this.backlog?.isBefore(task) === true;
  }

  /** The first of the tasks in memory, entries of removed ones passed over. */
  get firstInWindow(): Task | undefined {
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
