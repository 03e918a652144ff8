import { CapstanError } from "@capstan/protocol";
import { finishIdle, stopTrial } from "../arbiter/finish-task.js";
import { endTasksetWhenDone, setTasksetStatus, startCancelling } from "../arbiter/taskset-status.js";
import { closeOffer } from "../dispatch/offer.js";
import { enqueue } from "../dispatch/queue.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { setStatus } from "../state/status.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";

/** Tasks that one step of a sweep takes. */
const sweepStep = 2_000;

/** Cancels a task: at once when it does not run, else when its worker has stopped it. */
export function cancelTask(state: EngineState, task: Task, now: Now): void {
  if (task.status === "cancelling") return;
  const cause = task.taskset?.isFailingFast === true ? "fail-fast" : null;
  if (task.trials.length === 0) return finishIdle(state, task, { status: "cancelled", cause, reason: null, now });
  task.past.cancelCause = cause;
  setStatus(state, task, "cancelling");
  for (const trial of task.trials) stopTrial(state, trial, { reason: "cancel", now });
  state.out.touch(task);
  state.out.events.push({
    type: "task.cancelling",
    namespace: task.taskClass.spec.namespace,
    atMs: now.wallMs,
    task: task.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
  });
}

/**
 * Cancels what is unfinished of a taskset; a second call changes nothing. One that is still open takes no more tasks.
 * @throws CapstanError `already-final`.
 */
export function cancelTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  if (taskset.status === "cancelling") return;
  if (taskset.endedAtMs !== null)
    throw new CapstanError("already-final", `${taskset.id} is ${taskset.status}: it cannot be cancelled any more`);
  startCancelling(state, taskset, now);
  endTasksetWhenDone(state, taskset, now);
}

/** Grants nothing more of the taskset; with `isStopping` what runs is stopped too and put back, at no cost. */
export function pauseTaskset(state: EngineState, taskset: Taskset, isStopping: boolean, now: Now): void {
  if (taskset.status !== "pending" && taskset.status !== "running" && taskset.status !== "paused") {
    throw new CapstanError(
      "already-final",
      `${taskset.id} is ${taskset.status}: only a pending or running taskset can be paused`,
    );
  }
  if (taskset.status !== "paused") setTasksetStatus(state, taskset, { status: "paused", now });
  if (!isStopping) return;
  for (const trial of state.trials.values()) {
    if (trial.task.taskset === taskset) stopTrial(state, trial, { reason: "pause", now });
  }
}

/** Goes on with a paused taskset. @throws CapstanError `not-paused`. */
export function resumeTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  if (taskset.status !== "paused")
    throw new CapstanError("not-paused", `${taskset.id} is ${taskset.status}, not paused`);
  setTasksetStatus(state, taskset, { status: "running", now });
}

/** Does one step of each sweep under way. Says whether more is left: the engine calls again after it has read its sockets. */
export function sweep(state: EngineState, now: Now): boolean {
  for (const taskset of state.sweeping) {
    if (taskset.sweep === null || !stepSweep(state, taskset, now)) {
      taskset.sweep = null;
      state.sweeping.delete(taskset);
    }
  }
  return state.sweeping.size > 0;
}

function stepSweep(state: EngineState, taskset: Taskset, now: Now): boolean {
  for (let step = 0; step < sweepStep; step += 1) {
    const { sweep: current } = taskset;
    const next = current?.tasks.next();
    if (current === null || next === undefined || next.done === true) return false;
    const task = next.value;
    if (current.what === "cancel") cancelTask(state, task, now);
    else if (task.status === "queued" && !task.isQueued) enqueue(state, task);
  }
  return true;
}

/** Withdraws an offer of a task whose queue-wait limit has passed, and fails it. */
export function expireTask(state: EngineState, task: Task, now: Now): void {
  if (task.verdict !== null) return;
  task.past.expiryDeadline = null;
  const isIdle = task.status === "queued" || task.status === "waiting" || task.status === "offered";
  if (!isIdle || task.past.trialsTotal > task.past.roundStart) return;
  if (task.offer !== null) closeOffer(state, task.offer);
  finishIdle(state, task, { status: "failed", cause: "expired", reason: "it waited too long in the queue", now });
}
