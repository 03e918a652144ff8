import { isFinalTask, type TaskStatus } from "@capstan/protocol";
import type { EngineState } from "./engine-state.js";
import type { Task } from "./task.js";

type Category = "waiting" | "queued" | "running" | "succeeded" | "skipped" | "failed" | "abandoned" | "cancelled";

const categories: { readonly [S in TaskStatus]: Category } = {
  waiting: "waiting",
  queued: "queued",
  offered: "queued",
  granted: "running",
  running: "running",
  checking: "running",
  cancelling: "running",
  succeeded: "succeeded",
  skipped: "skipped",
  failed: "failed",
  abandoned: "abandoned",
  cancelled: "cancelled",
};

/** Where a task of that status is counted. */
export function categoryOf(status: TaskStatus): Category {
  return categories[status];
}

/** Counts a task that appears (launched, loaded or reopened) under its status. */
export function countIn(state: EngineState, task: Task): void {
  shift(state, task, undefined, categories[task.status]);
}

/** Changes a task's status and the counts it is part of. Whether the change is allowed is the caller's decision. */
export function setStatus(state: EngineState, task: Task, status: TaskStatus): void {
  const from = categories[task.status];
  const to = categories[status];
  task.status = status;
  if (from !== to) shift(state, task, from, to);
}

function shift(state: EngineState, task: Task, from: Category | undefined, to: Category): void {
  const { counts } = state;
  if (from === "waiting" || from === "queued" || from === "running") counts[from] -= 1;
  if (to === "waiting" || to === "queued" || to === "running") counts[to] += 1;
  if (isFinalTask(task.status)) counts.finished[task.status] = (counts.finished[task.status] ?? 0) + 1;
  const { taskset } = task;
  if (taskset === null) return;
  if (from !== undefined) taskset.counts[from] -= 1;
  taskset.counts[to] += 1;
  state.out.touchTaskset(taskset);
}
