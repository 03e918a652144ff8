import { isSameToken, parseTrialId, type LeaseToken } from "@capstan/protocol";
import { bareReport, endTrial } from "../arbiter/end-trial.js";
import { addTrial } from "../dispatch/grant.js";
import { dequeue } from "../dispatch/queue.js";
import { closeOffer, tellTakenBack } from "../dispatch/offer.js";
import { hasRoom, reserve } from "../dispatch/reserve.js";
import { timeLimits } from "../limit/time-limit.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { setStatus } from "../state/status.js";
import type { Task } from "../state/task.js";
import { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import type { Claim } from "./join.js";

export interface Fate {
  readonly trial: string;
  readonly fate: "adopted" | "stop";
  readonly reason?: string;
}

/**
 * Squares what a worker holds with what the engine thinks it holds. A grant that never reached it never began; a trial
 * that only it knows is adopted when its token is proven and nobody was granted the task since.
 */
export function reconcile(state: EngineState, worker: Worker, claims: readonly Claim[], now: Now): Fate[] {
  const held = new Set(claims.map((claim) => claim.trial));
  for (const trial of [...worker.trials.values()]) {
    if (held.has(trial.id)) continue;
    endTrial(state, trial, bareReport("lost", "the grant never reached the worker", { hasBegun: false }), now);
  }
  return claims.map((claim) => decideFate(state, worker, claim, now));
}

function decideFate(state: EngineState, worker: Worker, claim: Claim, now: Now): Fate {
  const { trial: id } = claim;
  const live = state.trials.get(id);
  if (live !== undefined && isSameToken(live.token, claim.token) && live.worker === worker) {
    if (live.stopReason !== null) sayStopAgain(state, live, now);
    return { trial: id, fate: "adopted" };
  }
  const isAdopted = claim.isProven && adopt(state, worker, claim, now);
  if (claim.isProven && !isAdopted) useUp(state, claim);
  // One that has ended and is not adopted: its report will be judged by the store when it comes.
  if (isAdopted || !claim.isRunning) return { trial: id, fate: "adopted" };
  return { trial: id, fate: "stop", reason: claim.isProven ? "stale-lease" : "its token is not of this store" };
}

/** The trial that was called lost lives after all: it costs nothing. Its row is written anew when it ends. */
function takeLossBack({ past }: Task, token: LeaseToken): boolean {
  const { lastLoss } = past;
  if (lastLoss === null || !isSameToken(lastLoss.token, token)) return false;
  past.lastLoss = null;
  if (lastLoss.isSuspect) past.suspicions -= 1;
  else past.trialsLost -= 1;
  return true;
}

/** The worker may hear of the stop only now: the trial has its whole grace, and its report is wanted all the same. */
function sayStopAgain(state: EngineState, trial: Trial, now: Now): void {
  const reason = trial.stopReason!;
  trial.stoppedAtMonoMs = now.monoMs;
  const graceMs = trial.task.taskClass.spec.policy.stopGraceMs;
  state.out.effects.push({
    type: "send",
    worker: trial.worker,
    message: { type: "stop", trial: trial.id, reason, graceMs },
  });
}

/** Whether there is room for it within the limits, which others may have taken since. */
function mayRun({ taskClass: { gate }, taskset }: Task, worker: Worker): boolean {
  return gate?.isFull !== true && (taskset === null || hasRoom(taskset, worker.id));
}

/** The number of a trial whose grant left no trace is used up, whatever becomes of it: its worker holds it still. */
function useUp(state: EngineState, claim: Claim): void {
  const task = state.tasks.get(claim.task);
  const { n } = parseTrialId(claim.trial);
  if (task === undefined || task.verdict !== null || n <= task.trialsTotal) return;
  task.past.trialsTotal = n;
  state.out.touch(task);
}

/** Takes in a trial whose grant was never stored: it runs on, or has ended and its report follows. */
function adopt(state: EngineState, worker: Worker, claim: Claim, now: Now): boolean {
  const task = state.tasks.get(claim.task);
  const { n } = parseTrialId(claim.trial);
  if (task === undefined || task.verdict !== null || task.trials.length > 0) return false;
  if (task.taskClass.spec.revision !== claim.revision) return false;
  if (task.status !== "queued" && task.status !== "offered") return false;
  // Either the grant left no trace, or the trial was called lost and nobody was granted the task since. One that has
  // ended may be judged already, its answer lost: that is for the store to say when its report comes.
  const isUntraced = n === task.trialsTotal + 1;
  if (claim.isRunning && !mayRun(task, worker)) return false;
  if (!isUntraced && !takeLossBack(task, claim.token)) return false;
  if (task.offer !== null) {
    closeOffer(state, task.offer);
    tellTakenBack(state, task.offer);
  }
  task.offer = null;
  dequeue(state, task);
  const { past } = task;
  // A twin of it may have a later number.
  past.trialsTotal = Math.max(past.trialsTotal, n);
  const times = timeLimits(task.taskClass.spec.policy, task.estimateMs, past.doublings);
  const facts = {
    id: claim.trial,
    n,
    token: claim.token,
    grantedAtMs: now.wallMs,
    grantedMonoMs: now.monoMs,
    isTwin: false,
    times,
  };
  const trial = new Trial(facts, task, worker);
  trial.status = "running";
  trial.knownMonoMs = now.monoMs;
  // One that has ended holds nothing any more: what ran one after another may come back together.
  trial.hasPermits = claim.isRunning;
  if (claim.isRunning) reserve(state, task.taskClass, worker.id);
  addTrial(state, trial);
  setStatus(state, task, "running");
  // Of one that has ended the report follows: a row that calls it live would hold its permit after a crash.
  if (claim.isRunning) state.out.touch(task);
  return true;
}
