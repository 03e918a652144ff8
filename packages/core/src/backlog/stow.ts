import { partitionOf } from "@capstan/protocol";
import { leaveClass } from "../arbiter/finish-task.js";
import { countQueued, refreshClass } from "../dispatch/queue.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import { Backlog, type Stowed } from "./backlog.js";

/*
 * A task that only waits for a worker, behind many others of its class, needs no place in memory: its row says all of
 * it. It is kept in its class's backlog, as an id and a rank, and read again when its turn comes near (recall.ts).
 */

/** Classes share the memory for whole tasks; each keeps a few at its head all the same. */
const windowLeast = 16;

/** Whole tasks that a class with a backlog keeps near its head. */
export function windowOf({ config, classes }: EngineState): number {
  const share = Math.floor(config.wholeTasksMax / Math.max(1, classes));
  return Math.min(config.windowTasks, Math.max(windowLeast, share));
}

/** Whether a task that is just launched waits in the store alone, once it is there. */
export function mayStow(state: EngineState, { taskClass }: Task): boolean {
  if (state.tasks.size <= state.config.wholeTasksMax || taskClass.spec.policy.expiresMs !== null) return false;
  return taskClass.whole > windowOf(state);
}

/** Queues a task without a place in the queue: it leaves memory with the commit of its row. */
export function setAside(task: Task, now: Now): void {
  task.queuedAtMs = now.wallMs;
  task.isQueued = true;
  task.isStowing = true;
  countQueued(task, 1);
}

/** The row of a task that was set aside is stored: it leaves memory. */
export function stow(state: EngineState, task: Task): void {
  const { taskClass } = task;
  task.isStowing = false;
  state.tasks.delete(task.id);
  task.taskset?.tasks.delete(task);
  if (task.inputJson !== null) state.inputBytes -= task.inputJson.length;
  putAway(state, taskClass, task);
}

/** Puts a task in its class's backlog; it is counted as queued already. */
export function putAway(state: EngineState, taskClass: TaskClass, stowed: Stowed): void {
  taskClass.backlog ??= new Backlog();
  taskClass.backlog.push(stowed);
  refreshClass(state, taskClass);
}

/** All that a class has in its backlog vanishes, with the rows in the store. */
export function forgetStowed(state: EngineState, taskClass: TaskClass, now: Now): void {
  const count = taskClass.recalling.length + (taskClass.backlog?.size ?? 0);
  taskClass.backlog = null;
  taskClass.recalling = [];
  state.hungry.delete(taskClass);
  if (count === 0) return;
  state.counts.queued -= count;
  leaveClass(state, taskClass, count, now);
}

/** What a class of lone tasks has of a partition in its backlog is another engine's; the rest of it stays. */
export function dropStowed(state: EngineState, taskClass: TaskClass, partition: number, now: Now): void {
  const { backlog, recalling } = taskClass;
  if (backlog === null) return;
  const isGone = ({ id }: Stowed): boolean => partitionOf("task", id) === partition;
  let count = backlog.drop(partition);
  if (recalling.some(isGone)) {
    // Its answer is not heard any more: what stays is asked for again.
    taskClass.recalling = [];
    for (const stowed of recalling) {
      if (isGone(stowed)) count += 1;
      else backlog.push(stowed);
    }
  }
  if (count === 0) return;
  if (backlog.size === 0 && taskClass.recalling.length === 0) taskClass.backlog = null;
  taskClass.queued -= count;
  state.counts.queued -= count;
  refreshClass(state, taskClass);
  leaveClass(state, taskClass, count, now);
}
