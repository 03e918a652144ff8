import { partitionOf } from "@capstan/protocol";
import { cancelTask } from "../command/cancel.js";
import { countQueued, enqueue, refreshClass } from "../dispatch/queue.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { RecalledRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { Task } from "../state/task.js";
import type { Stowed } from "./backlog.js";
import { windowOf } from "./stow.js";

export interface Recall {
  readonly taskClass: TaskClass;
  readonly stowed: readonly Stowed[];
}

/** Until a recall that failed is made again. */
export const recallRetryMs = 200;

/** Asks the store for what classes want back from their backlogs: run once a turn, after what was offered. */
export function recall(state: EngineState): void {
  for (const taskClass of state.hungry) {
    state.hungry.delete(taskClass);
    if (wantsRecall(state, taskClass)) startRecall(state, taskClass);
  }
}

/** Whether a class that may be taken from runs low, or has its next task in the store. */
export function wantsRecall(state: EngineState, taskClass: TaskClass): boolean {
  const { backlog, recalling, cell, block, taskset } = taskClass;
  if (backlog === null || backlog.size === 0 || recalling.length > 0) return false;
  if (taskset?.status === "cancelling") return true;
  if (state.recovery !== null || !cell.lane.isOpen || block !== "none") return false;
  const first = taskClass.firstInWindow;
  return taskClass.inWindow < windowOf(state) || (first !== undefined && !first.isFront && backlog.isBefore(first));
}

function startRecall(state: EngineState, taskClass: TaskClass): void {
  const stowed: Stowed[] = [];
  for (let left = windowOf(state); left > 0; left -= 1) {
    const next = taskClass.backlog!.pop();
    if (next === undefined) break;
    stowed.push(next);
  }
  taskClass.recalling = stowed;
  state.out.effects.push({ type: "recall", taskClass, stowed });
}

/** The store has given the tasks of a recall: they take their places in the queue. */
export function takeRecalled(
  state: EngineState,
  { taskClass, stowed, rows }: Recall & { readonly rows: readonly RecalledRow[] },
  now: Now,
): void {
  // Its taskset was discarded meanwhile.
  if (taskClass.recalling !== stowed) return;
  endRecall(taskClass);
  for (const [at, entry] of stowed.entries()) {
    const row = rows[at];
    if (row === undefined || row.id !== entry.id) throw new Error(`${entry.id} waits in the store and is not there`);
    makeWhole(state, taskClass, { stowed: entry, row, now });
  }
  refreshClass(state, taskClass);
}

/** The store could not be read: they are asked for again in a while. */
export function failRecall(state: EngineState, { taskClass, stowed }: Recall, now: Now): void {
  state.deadlines.add(now.monoMs + recallRetryMs, { type: "recallAgain", taskClass, stowed });
}

/** Asks once more, unless the taskset was discarded meanwhile. */
export function recallAgain(state: EngineState, { taskClass, stowed }: Recall): void {
  if (taskClass.recalling === stowed) state.out.effects.push({ type: "recall", taskClass, stowed });
}

/** Brings one task back that somebody asks for by its id. False when it is not in the backlog. */
export function recallOne(state: EngineState, taskClass: TaskClass, row: RecalledRow, now: Now): boolean {
  const stowed = taskClass.backlog?.take(row.id);
  if (stowed === undefined) return false;
  makeWhole(state, taskClass, { stowed, row, now });
  if (taskClass.backlog?.size === 0 && taskClass.recalling.length === 0) taskClass.backlog = null;
  refreshClass(state, taskClass);
  return true;
}

function endRecall(taskClass: TaskClass): void {
  taskClass.recalling = [];
  if (taskClass.backlog?.size === 0) taskClass.backlog = null;
}

function makeWhole(
  state: EngineState,
  taskClass: TaskClass,
  { stowed, row, now }: { stowed: Stowed; row: RecalledRow; now: Now },
): void {
  const task = new Task({ ...row, partition: partitionOf("task", row.id) }, taskClass, stowed.order);
  task.persistence = "stored";
  task.batch = 0;
  task.estimateMs = stowed.estimateMs;
  task.queuedAtMs = row.queuedAtMs ?? row.launchedAtMs;
  state.tasks.set(task.id, task);
  task.taskset?.tasks.add(task);
  if (row.isInputLeftOut) task.isInputSpilled = true;
  else keepInput(state, task);
  countQueued(task, -1);
  standAgain(state, task);
  if (task.taskset?.status === "cancelling") cancelTask(state, task, now);
}

function keepInput(state: EngineState, task: Task): void {
  const bytes = task.inputJson?.length ?? 0;
  if (state.inputBytes + bytes > state.config.inputBytesMax) {
    task.inputJson = null;
    task.isInputSpilled = true;
  } else {
    state.inputBytes += bytes;
  }
}

/** As one that was loaded: not before its taskset is sealed, nor while the engine recovers. */
export function standAgain(state: EngineState, task: Task): void {
  if (task.taskset?.status === "open") return;
  if (state.recovery === null) enqueue(state, task);
  else state.recovery.tasks.push(task);
}
