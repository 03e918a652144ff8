import type { ChangeEvent } from "../event/event.js";
import type { EstimateRow, FlakyRow, OfferRow, PhaseRow, TrialRow } from "../row/row.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Worker } from "../state/worker.js";
import type { Effect } from "./effect.js";

/** What has happened since it was last taken: changed things (rows are made of them when they are taken), effects, events. */
export class Outcome {
  /** Effects that may leave at once. */
  effects: Effect[] = [];
  /** Effects that must not leave before the changes so far are committed. */
  effectsAfterCommit: Effect[] = [];
  /** Effects that wait only for the batch that is being committed now; they follow those that were taken with it. */
  effectsAfterFlight: Effect[] = [];
  events: ChangeEvent[] = [];
  tasks: Task[] = [];
  tasksets: Taskset[] = [];
  workers: Worker[] = [];
  deletedWorkers: Worker[] = [];
  trials: TrialRow[] = [];
  /** Records of offers that came to nothing. */
  offers: OfferRow[] = [];
  /** How phases of tasksets ended. */
  phases: PhaseRow[] = [];
  readonly estimates = new Map<string, EstimateRow>();
  /** They go along with the rows of their tasks. */
  flaky: FlakyRow[] = [];
  discardedTasksets: Taskset[] = [];
  /** Tasks whose row may be written later: safe ones that were granted. Oldest first, each with when. */
  readonly lazyTasks: { readonly task: Task; readonly sinceMonoMs: number }[] = [];

  /** The task's row must be written with the next commit. */
  touch(task: Task): void {
    if (task.isDirty) return;
    task.isDirty = true;
    this.tasks.push(task);
  }

  touchTaskset(taskset: Taskset): void {
    if (taskset.isDirty) return;
    taskset.isDirty = true;
    this.tasksets.push(taskset);
  }

  touchWorker(worker: Worker): void {
    if (worker.isDirty) return;
    worker.isDirty = true;
    this.workers.push(worker);
  }

  /** Whether there is anything to commit now. */
  get hasChanges(): boolean {
    return (
      this.tasks.length > 0 ||
      this.tasksets.length > 0 ||
      this.trials.length > 0 ||
      this.offers.length > 0 ||
      this.phases.length > 0 ||
      this.workers.length > 0 ||
      this.deletedWorkers.length > 0 ||
      this.discardedTasksets.length > 0
    );
  }
}
