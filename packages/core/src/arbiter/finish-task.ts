import type { FailureCause, FinalTaskStatus, StopReason } from "@capstan/protocol";
import { dequeue } from "../dispatch/queue.js";
import { tellTakenBack, withdrawOffer } from "../dispatch/offer.js";
import type { TaskClass } from "../dispatch/task-class.js";
import { dropClass } from "../dispatch/place.js";
import { effectsAfter } from "../outcome/effects-after.js";
import type { TrialEndRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { setStatus } from "../state/status.js";
import type { Task, Verdict } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import { countExamples } from "./example-count.js";
import { isFlaky, noteFlaky } from "./flaky.js";
import { noteFinished } from "./taskset-status.js";

export interface FullVerdict extends Verdict {
  readonly status: FinalTaskStatus;
  readonly lastTrial: TrialEndRow | null;
}

/** Gives a task its verdict: the only place where one is given. Late twins are stopped; everything it held is free. */
export function finishTask(state: EngineState, task: Task, verdict: FullVerdict, now: Now): void {
  if (task.verdict !== null) throw new Error(`${task.id} has its verdict already`);
  leaveQueues(state, task);
  task.verdict = verdict;
  task.lastTrial = verdict.lastTrial;
  setStatus(state, task, verdict.status);
  if (isFlaky(task)) noteFlaky(state, task, verdict);
  if (verdict.status === "failed" && task.taskset?.isMuted(task.key) === true) task.taskset.counts.muted += 1;
  if (task.taskset !== null) countExamples(task.taskset, verdict.lastTrial?.countsJson ?? null, 1);
  for (const trial of task.trials) stopTrial(state, trial, { reason: "twin", now });
  state.tasks.delete(task.id);
  task.taskset?.tasks.delete(task);
  state.out.touch(task);
  state.out.events.push({
    type: `task.${verdict.status}`,
    namespace: task.taskClass.spec.namespace,
    atMs: now.wallMs,
    task: task.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
    ...(verdict.cause === null ? {} : { data: { cause: verdict.cause } }),
  });
  forget(state, task, now);
  if (task.taskset !== null) noteFinished(state, task.taskset, now);
}

function leaveQueues(state: EngineState, task: Task): void {
  if (task.offer !== null) {
    const { offer } = task;
    task.offer = null;
    withdrawOffer(state, offer);
    tellTakenBack(state, offer);
  }
  dequeue(state, task);
  const { history } = task;
  if (history === null) return;
  if (history.readyDeadline !== null) state.deadlines.cancel(history.readyDeadline);
  if (history.expiryDeadline !== null) state.deadlines.cancel(history.expiryDeadline);
}

function forget(state: EngineState, task: Task, now: Now): void {
  if (task.inputJson !== null) state.inputBytes -= task.inputJson.length;
  leaveClass(state, task.taskClass, 1, now);
}

/** So many unfinished tasks of the class are no more. */
export function leaveClass(state: EngineState, taskClass: TaskClass, count: number, now: Now): void {
  taskClass.live -= count;
  if (taskClass.live === 0) dropClass(state, taskClass, now);
  countRevision(state, taskClass.spec.revision, -count, now);
}

/** Counts the unfinished tasks of a revision; when none is left for a while its workers are told. */
export function countRevision(state: EngineState, revision: string, by: number, now: Now): void {
  const count = (state.revisionTasks.get(revision) ?? 0) + by;
  if (count > 0) {
    state.revisionTasks.set(revision, count);
    return;
  }
  state.revisionTasks.delete(revision);
  if (state.unusedRevisions.has(revision)) return;
  state.unusedRevisions.add(revision);
  state.deadlines.add(now.monoMs + state.config.unusedMs, { type: "revisionUnused", revision });
}

/**
 * Asks the worker to stop a trial; what it holds stays held until the worker says so or its lease ends. The word is
 * durable: an engine that starts anew says it again.
 */
export function stopTrial(state: EngineState, trial: Trial, { reason, now }: { reason: StopReason; now: Now }): void {
  if (trial.stopReason !== null) return;
  trial.stopReason = reason;
  trial.status = "stopping";
  trial.stoppedAtMonoMs = now.monoMs;
  if (trial.task.verdict === null) state.out.touch(trial.task);
  const graceMs = trial.task.taskClass.spec.policy.stopGraceMs;
  // It must not overtake the grant: a worker knows nothing of a trial before it.
  effectsAfter(state, trial.leavesWith).push({
    type: "send",
    worker: trial.worker,
    message: { type: "stop", trial: trial.id, reason, graceMs },
  });
}

/** A verdict for a task that does not run: cancelled, expired, or never able to run. */
export function finishIdle(
  state: EngineState,
  task: Task,
  {
    status,
    cause,
    reason,
    now,
  }: { status: FinalTaskStatus; cause: FailureCause | null; reason: string | null; now: Now },
): void {
  finishTask(state, task, { status, cause, reason, endedAtMs: now.wallMs, lastTrial: null }, now);
}
