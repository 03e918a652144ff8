import { queueTask } from "../arbiter/requeue.js";
import { addTrial } from "../dispatch/grant.js";
import { enqueue } from "../dispatch/queue.js";
import { reserve } from "../dispatch/reserve.js";
import { timeLimits } from "../limit/time-limit.js";
import type { LiveTrialRow, TaskRow, TasksetRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { countIn } from "../state/status.js";
import type { Task } from "../state/task.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import { Trial } from "../state/trial.js";
import { addTask, makeTaskset } from "./launch.js";
import { trialIdOf, type TaskId } from "@capstan/protocol";

/** Takes an unfinished taskset from the store. An open one is of a stream that broke with the last engine. */
export function loadTaskset(state: EngineState, row: TasksetRow, partition: number): Taskset {
  const taskset = rebuildTaskset(state, row, partition);
  state.tasksets.set(taskset.id, taskset);
  return taskset;
}

/** A taskset as its row says, on no books yet: a rerun puts it there. */
export function rebuildTaskset(state: EngineState, row: TasksetRow, partition: number): Taskset {
  const taskset = makeTaskset(state, { ...row, partition });
  // What is unfinished is counted as it is loaded: a grant whose row was not written yet is not there any more.
  Object.assign(taskset.counts, row.counts, { waiting: 0, queued: 0, running: 0 });
  taskset.status = row.status;
  taskset.cause = row.cause;
  taskset.round = row.round;
  taskset.firstTask = row.firstTask;
  taskset.lastTask = row.lastTask;
  taskset.isStored = true;
  taskset.endedAtMs = row.endedAtMs;
  taskset.lane.isOpen = row.status === "pending" || row.status === "running";
  return taskset;
}

/**
 * Takes an unfinished task from the store. Its live trials stay live under leases that start anew; a queued one of an
 * earlier epoch waits while the engine recovers, since it may have been granted without a trace.
 */
export function loadTask(
  state: EngineState,
  row: TaskRow,
  { spec, now, partition }: { spec: TaskSpec; now: Now; partition: number },
): void {
  const taskset = row.taskset === null ? null : (state.tasksets.get(row.taskset) ?? null);
  const task = addTask(state, { ...row, partition, spec, delayMs: 0 }, taskset, now);
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
  trial.hasPermits = true;
  reserve(state, task.taskClass, worker.id);
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
    requeueLoaded(state, task);
  } else if (task.trials.length === 0 && (status === "granted" || status === "running")) {
    // Its worker is not known any more: nobody will report on it.
    queueTask(state, task, { isFront: true, now });
    state.out.touch(task);
  }
}

function requeueLoaded(state: EngineState, task: Task): void {
  if (task.taskset?.status === "open") return;
  if (state.recovery === null) enqueue(state, task);
  else state.recovery.tasks.push(task);
}

/** Ends the wait of recovery: what nobody came back with is granted again. */
export function endRecovery(state: EngineState): void {
  const { recovery } = state;
  if (recovery === null) return;
  state.recovery = null;
  for (const task of recovery.tasks)
    if (task.verdict === null && task.status === "queued" && !task.isQueued) enqueue(state, task);
}
