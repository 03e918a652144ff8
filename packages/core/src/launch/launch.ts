import { countRevision, leaveClass } from "../arbiter/finish-task.js";
import { findEstimate } from "../arbiter/learn.js";
import { forgetStowed, mayStow, setAside } from "../backlog/stow.js";
import { delayTask, queueTask } from "../arbiter/requeue.js";
import { endTasksetWhenDone, setTasksetStatus } from "../arbiter/taskset-status.js";
import { dequeue } from "../dispatch/queue.js";
import { makeLane, placeClass } from "../dispatch/place.js";
import { addTaskset, removeTaskset } from "../estimate/estimate-use.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { countIn } from "../state/status.js";
import { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import { Taskset, type TasksetFacts } from "../state/taskset.js";

/** A task to launch: checked, resolved and given its id. */
export interface TaskSeed {
  readonly id: string;
  readonly partition: number;
  readonly spec: TaskSpec;
  readonly key: string | null;
  readonly inputJson: string | null;
  readonly inputBlob: string | null;
  readonly idempotencyKey: string | null;
  readonly launchedAtMs: number;
  readonly delayMs: number;
  /** What the launch says it will take; null: as learnt. */
  readonly estimateMs: number | null;
  /** Its place in the order of launches; the last when there is none. */
  readonly order?: number | undefined;
}

/** Makes a taskset, open until it is sealed: its tasks are kept but not dispatched. */
export function openTaskset(state: EngineState, facts: TasksetFacts, now: Now): Taskset {
  const taskset = makeTaskset(state, facts);
  addTaskset(state, taskset);
  state.out.touchTaskset(taskset);
  state.out.events.push({ type: "taskset.open", namespace: facts.namespace, atMs: now.wallMs, taskset: facts.id });
  return taskset;
}

export function makeTaskset(state: EngineState, facts: TasksetFacts): Taskset {
  const lane = makeLane(state, facts.id, facts.limits?.weight ?? 1);
  lane.isOpen = false;
  const taskset = new Taskset(facts, lane);
  lane.taskset = taskset;
  return taskset;
}

/** Adds tasks to the engine: lone ones, or those of an open taskset. */
export function launchTasks(state: EngineState, seeds: readonly TaskSeed[], taskset: Taskset | null, now: Now): void {
  for (const seed of seeds) launchTask(state, seed, taskset, now);
  if (taskset !== null) taskset.counts.total += seeds.length;
}

function launchTask(state: EngineState, seed: TaskSeed, taskset: Taskset | null, now: Now): void {
  const task = addTask(state, seed, taskset, now);
  task.estimateMs = seed.estimateMs ?? (taskset === null ? null : (findEstimate(state, task)?.meanMs ?? null));
  task.batch = state.batchTaken + 1;
  countIn(state, task);
  state.out.touch(task);
  if (taskset !== null) {
    taskset.firstTask ??= seed.id;
    taskset.lastTask = seed.id;
  }
  if (seed.delayMs > 0) delayTask(state, task, seed.delayMs, now);
  else if (mayStow(state, task)) setAside(task, now);
  else queueTask(state, task, { isFront: false, now });
  setExpiry(state, task, now);
  state.out.events.push({
    type: `task.${task.status}`,
    namespace: seed.spec.namespace,
    atMs: now.wallMs,
    task: seed.id,
    ...(taskset === null ? {} : { taskset: taskset.id }),
  });
}

/** Puts a task on the books, in no queue yet. */
export function addTask(state: EngineState, seed: TaskSeed, taskset: Taskset | null, now: Now): Task {
  const taskClass = placeClass(state, seed.spec, taskset, now);
  taskClass.live += 1;
  const task = new Task(seed, taskClass, seed.order ?? (state.orders += 1));
  state.tasks.set(task.id, task);
  state.loading?.early.add(task.id);
  taskset?.tasks.add(task);
  if (seed.inputJson !== null) state.inputBytes += seed.inputJson.length;
  countRevision(state, seed.spec.revision, 1, now);
  return task;
}

/** The queue-wait limit starts when the task may run: at launch, or when its delay is over. */
function setExpiry(state: EngineState, task: Task, now: Now): void {
  const { expiresMs } = task.taskClass.spec.policy;
  if (expiresMs === null) return;
  const delayMs = Math.max(0, (task.history?.notBeforeMs ?? now.wallMs) - now.wallMs);
  task.past.expiresAtMs = now.wallMs + delayMs + expiresMs;
  task.past.expiryDeadline = state.deadlines.add(now.monoMs + delayMs + expiresMs, { type: "taskExpires", task });
}

/** The launch of a taskset is whole: its tasks may run. */
export function sealTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  setTasksetStatus(state, taskset, { status: "pending", now });
  taskset.sweep = { what: "queue", tasks: taskset.tasks.values() };
  state.sweeping.add(taskset);
  endTasksetWhenDone(state, taskset, now);
}

function discardTask(state: EngineState, task: Task, now: Now): void {
  state.tasks.delete(task.id);
  if (task.inputJson !== null) state.inputBytes -= task.inputJson.length;
  state.counts[task.status === "waiting" ? "waiting" : "queued"] -= 1;
  const { readyDeadline, expiryDeadline } = task.history ?? {};
  if (readyDeadline) state.deadlines.cancel(readyDeadline);
  if (expiryDeadline) state.deadlines.cancel(expiryDeadline);
  dequeue(state, task);
  leaveClass(state, task.taskClass, 1, now);
  task.verdict = { status: "cancelled", cause: null, reason: "discarded", endedAtMs: now.wallMs };
  task.isDiscarded = true;
}

/** The launch of a taskset broke: it vanishes whole. */
export function discardTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  for (const task of taskset.tasks) discardTask(state, task, now);
  taskset.tasks.clear();
  for (const taskClass of taskset.classes.values()) forgetStowed(state, taskClass, now);
  removeTaskset(state, taskset, now);
  taskset.isDiscarded = true;
  if (taskset.isStored) state.out.discardedTasksets.push(taskset);
  state.out.events.push({
    type: "taskset.discarded",
    namespace: taskset.namespace,
    atMs: now.wallMs,
    taskset: taskset.id,
  });
}
