import { queueTask } from "../arbiter/requeue.js";
import { addTrial } from "../dispatch/grant.js";
import { countRevision } from "../arbiter/finish-task.js";
import { standAgain } from "../backlog/recall.js";
import { putAway } from "../backlog/stow.js";
import { cancelTask } from "../command/cancel.js";
import { placeClass } from "../dispatch/place.js";
import { countQueued, enqueue, feed } from "../dispatch/queue.js";
import { reserve } from "../dispatch/reserve.js";
import { timeLimits } from "../limit/time-limit.js";
import { isPlain, type LiveTrialRow, type PlainTaskRow, type TaskRow, type TasksetRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { countIn } from "../state/status.js";
import type { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import { Trial } from "../state/trial.js";
import { addTaskset } from "../estimate/estimate-use.js";
import { addTask, discardTaskset, makeTaskset } from "./launch.js";
import { partitionOf, trialIdOf, type TaskId } from "@capstan/protocol";

/** A row of the store with the spec that it names. */
export interface Loaded {
  readonly row: TaskRow | PlainTaskRow;
  readonly spec: TaskSpec;
}

/** Takes an unfinished taskset from the store. An open one is of a stream that broke with the last engine: it vanishes. */
export function loadTaskset(state: EngineState, row: TasksetRow, now: Now): Taskset {
  const taskset = rebuildTaskset(state, row, partitionOf("taskset", row.id));
  addTaskset(state, taskset);
  if (row.counts.waiting + row.counts.running > 0) state.out.touchTaskset(taskset);
  if (taskset.status === "open") discardTaskset(state, taskset, now);
  return taskset;
}

/** A taskset as its row says, on no books yet: a rerun puts it there. */
export function rebuildTaskset(state: EngineState, row: TasksetRow, partition: number): Taskset {
  const taskset = makeTaskset(state, { ...row, partition });
  // What is unfinished is told apart as it is loaded: a grant whose row was not written yet is not there any more.
  const { waiting, queued, running } = row.counts;
  Object.assign(taskset.counts, row.counts, { waiting: 0, queued: waiting + queued + running, running: 0 });
  taskset.status = row.status;
  taskset.cause = row.cause;
  // Only a taskset that fails before its end is cancelled for a cause.
  taskset.isFailingFast = row.status === "cancelling" && row.cause !== null;
  taskset.round = row.round;
  taskset.firstTask = row.firstTask;
  taskset.lastTask = row.lastTask;
  taskset.isStored = true;
  taskset.endedAtMs = row.endedAtMs;
  taskset.lane.isOpen = row.status === "pending" || row.status === "running";
  return taskset;
}

/** Before the first task is loaded: what is launched from now on comes after all that is stored. */
export function startLoading(state: EngineState): void {
  state.loading = { after: "", early: new Set(), order: -(2 ** 40) };
}

/** Takes a page of the store's unfinished tasks, in the order of their ids; those that came to memory otherwise are passed over. */
export function loadPage(state: EngineState, page: readonly Loaded[], now: Now): void {
  const loading = state.loading!;
  for (const { row, spec } of page) {
    loading.after = row.id;
    if (loading.early.delete(row.id)) continue;
    if (isPlain(row)) loadPlain(state, row, spec, now);
    else loadTask(state, row, spec, now);
    loading.early.delete(row.id);
  }
}

/** Takes tasks out of their turn: those with live trials, and those that somebody asks for. */
export function loadEarly(state: EngineState, page: readonly Loaded[], now: Now): void {
  for (const { row, spec } of page) if (!isPlain(row)) loadTask(state, row, spec, now);
}

/** A task that only waits for a worker goes to the backlog of its class; it is counted as its taskset's already. */
function loadPlain(state: EngineState, row: PlainTaskRow, spec: TaskSpec, now: Now): void {
  const taskset = row.taskset === null ? null : (state.tasksets.get(row.taskset) ?? null);
  const taskClass = placeClass(state, spec, taskset, now);
  const { id, estimateMs } = row;
  taskClass.live += 1;
  state.counts.queued += 1;
  countRevision(state, spec.revision, 1, now);
  countQueued({ taskClass, estimateMs }, 1);
  putAway(state, taskClass, { id, estimateMs, order: (state.loading!.order += 1) });
}

/**
 * Takes an unfinished task from the store. Its live trials stay live under leases that start anew; a queued one of an
 * earlier epoch waits while the engine recovers, since it may have been granted without a trace.
 */
export function loadTask(state: EngineState, row: TaskRow, spec: TaskSpec, now: Now): void {
  const taskset = row.taskset === null ? null : (state.tasksets.get(row.taskset) ?? null);
  if (taskset !== null) taskset.counts.queued -= 1;
  const partition = partitionOf("task", row.id);
  const order = state.loading === null ? undefined : (state.loading.order += 1);
  const task = addTask(state, { ...row, partition, spec, delayMs: 0, order }, taskset, now);
  task.persistence = "stored";
  task.batch = 0;
  task.isInputSpilled = row.inputJson === null && row.inputBlob === null;
  task.estimateMs = row.estimateMs;
  task.status = row.status;
  task.waitsFor = row.waitsFor;
  task.isFront = row.isFront;
  task.queuedAtMs = row.queuedAtMs ?? row.launchedAtMs;
  restoreHistory(task, row);
  countIn(state, task);
  if (row.status === "cancelling" && taskset?.isFailingFast === true) task.past.cancelCause = "fail-fast";
  for (const live of row.trials) restoreTrial(state, task, live, now);
  resume(state, task, row, now);
}

function restoreHistory(task: Task, row: TaskRow): void {
  const isPlain = row.round === 1 && row.trialsTotal === 0 && row.notBeforeMs === null && row.expiresAtMs === null;
  if (isPlain) return;
  const { past } = task;
  past.round = row.round;
  past.trialsTotal = row.trialsTotal;
  past.trialsCounted = row.trialsCounted;
  past.trialsLost = row.trialsLost;
  past.suspicions = row.suspicions;
  past.doublings = row.doublings;
  past.roundStart = row.roundStart;
  past.lastWorker = row.lastWorker;
  past.notBeforeMs = row.notBeforeMs;
  past.expiresAtMs = row.expiresAtMs;
}

function restoreTrial(state: EngineState, task: Task, live: LiveTrialRow, now: Now): void {
  const worker = state.workers.get(live.worker);
  if (worker === undefined) return;
  const times = timeLimits(task.taskClass.spec.policy, task.estimateMs, task.past.doublings);
  const id = trialIdOf(task.id as TaskId, live.n);
  const { n, token, grantedAtMs, isTwin } = live;
  const trial = new Trial({ id, n, token, grantedAtMs, grantedMonoMs: now.monoMs, isTwin, times }, task, worker);
  trial.status = live.status;
  if (live.status === "stopping") {
    // Of the reasons to stop a trial whose task goes on, only these are left behind by an engine.
    trial.stopReason = task.status === "cancelling" ? "cancel" : "pause";
    trial.stoppedAtMonoMs = now.monoMs;
  }
  trial.hasPermits = live.hasEnded !== true;
  if (trial.hasPermits) reserve(state, task.taskClass, worker.id);
  addTrial(state, trial);
}

function resume(state: EngineState, task: Task, row: TaskRow, now: Now): void {
  const { status } = task;
  if (row.expiresAtMs !== null && (status === "queued" || status === "waiting")) {
    const inMs = Math.max(0, row.expiresAtMs - now.wallMs);
    task.past.expiryDeadline = state.deadlines.add(now.monoMs + inMs, { type: "taskExpires", task });
  }
  if (status === "waiting" && task.waitsFor === "time") {
    const inMs = Math.max(0, (row.notBeforeMs ?? 0) - now.wallMs);
    task.past.readyDeadline = state.deadlines.add(now.monoMs + inMs, { type: "taskReady", task });
  } else if (status === "queued") {
    standAgain(state, task);
  } else if (task.trials.length === 0 && (status === "granted" || status === "running")) {
    // Its worker is not known any more: nobody will report on it.
    queueTask(state, task, { isFront: true, now });
    state.out.touch(task);
  }
  if (task.taskset?.status === "cancelling" && task.verdict === null) cancelTask(state, task, now);
}

/** Ends the wait of recovery: what nobody came back with is granted again. */
export function endRecovery(state: EngineState): void {
  const { recovery } = state;
  if (recovery === null) return;
  state.recovery = null;
  for (const task of recovery.tasks)
    if (task.verdict === null && task.status === "queued" && !task.isQueued) enqueue(state, task);
  feed(state, state.loneClasses.values());
  for (const taskset of state.tasksets.values()) feed(state, taskset.classes.values());
}
