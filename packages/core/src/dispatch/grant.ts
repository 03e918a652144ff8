import { trialIdOf, type HaltReason, type LeaseToken, type TaskId } from "@capstan/protocol";
import { timeLimits } from "../limit/time-limit.js";
import { effectsAfter } from "../outcome/effects-after.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Offer } from "../state/offer.js";
import { setStatus } from "../state/status.js";
import { noTrials, type Task } from "../state/task.js";
import { showGrant } from "../outcome/show-grant.js";
import { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { closeOffer, withdrawOffer } from "./offer.js";
import { recordOffer } from "./refused-offer.js";
import { hasRoom, refreshLane, reserve } from "./reserve.js";
import { endRest } from "./rest.js";

/** A worker accepts an offer: the trial is granted if all that it needs is there now, else the worker is halted. */
export function acceptOffer(state: EngineState, worker: Worker, offerNumber: number, now: Now): void {
  const offer = worker.offers.get(offerNumber);
  if (offer === undefined) return halt(state, worker, offerNumber, "unknown-offer");
  const refusal = findRefusal(offer, now);
  if (refusal !== undefined) {
    recordOffer(state, offer, { outcome: "halted", reason: refusal, now });
    withdrawOffer(state, offer);
    state.counts.offersHalted += 1;
    return halt(state, worker, offerNumber, refusal);
  }
  if (offer.task.isInputSpilled) return holdForInput(state, offer);
  grantOffer(state, offer, now);
}

function halt(state: EngineState, worker: Worker, offer: number, reason: HaltReason): void {
  state.out.effects.push({ type: "send", worker, message: { type: "halt", offer, reason } });
}

function findRefusal(offer: Offer, now: Now): HaltReason | undefined {
  const { task, worker, isTwin } = offer;
  const { taskset, taskClass } = task;
  if (taskset !== null && taskset.status !== "running" && taskset.status !== "pending") {
    return taskset.status === "paused" ? "paused" : "cancelled";
  }
  if (isTwin ? !isStraggling(offer) : task.offer !== offer || task.status !== "offered") return "claimed";
  if (offer.isReserved) return isRateReached(offer, now) ? "limit" : undefined;
  const isLimited = taskClass.gate?.isFull === true || (taskset !== null && !hasRoom(taskset, worker.id));
  return isLimited || isRateReached(offer, now) ? "limit" : undefined;
}

/** Whether the trial that the twin was offered for still runs, elsewhere, and is meant to. */
function isStraggling({ task, worker }: Offer): boolean {
  const [trial, other] = task.trials;
  if (trial === undefined || other !== undefined || task.verdict !== null) return false;
  return trial.stopReason === null && trial.worker !== worker;
}

function isRateReached({ task }: Offer, now: Now): boolean {
  const { rate } = task.taskClass;
  return rate !== null && !rate.bucket.canTake(now.monoMs);
}

/** The input is not in memory: the grant follows when it is loaded. */
function holdForInput(state: EngineState, offer: Offer): void {
  if (offer.isHeld) return;
  offer.isHeld = true;
  offer.task.past.heldOffers.push(offer);
  state.out.effects.push({ type: "loadInputs", tasks: [offer.task] });
}

/** The inputs of tasks are back in memory: grants that waited for them are made. */
export function takeInputs(
  state: EngineState,
  inputs: readonly { readonly task: Task; readonly inputJson: string | null }[],
  now: Now,
): void {
  for (const { task, inputJson } of inputs) {
    if (!task.isInputSpilled || task.verdict !== null) continue;
    task.isInputSpilled = false;
    task.inputJson = inputJson;
    state.inputBytes += inputJson?.length ?? 0;
    const held = task.history?.heldOffers.splice(0) ?? [];
    for (const offer of held) if (offer.isOpen) acceptOffer(state, offer.worker, offer.number, now);
  }
}

/** Takes all that the trial needs at once, and gives the word that it may start. */
function grantOffer(state: EngineState, offer: Offer, now: Now): void {
  const { task, worker, isTwin } = offer;
  if (!offer.isReserved) reserve(state, task.taskClass, worker.id);
  offer.isReserved = false;
  closeOffer(state, offer);
  endRest(worker, task.taskClass.spec.revision);
  endRest(worker, "*");
  task.taskClass.rate?.bucket.take(now.monoMs);
  const trial = makeTrial(state, offer, now);
  addTrial(state, trial);
  if (!isTwin) {
    task.offer = null;
    setStatus(state, task, "granted");
  }
  startTaskset(state, task, now);
  sendGrant(state, offer, trial, now);
}

function makeTrial(state: EngineState, { task, worker, isTwin }: Offer, now: Now): Trial {
  const { past, partition, taskClass } = task;
  const n = (past.trialsTotal += 1);
  const sequence = (state.tokenSequences[partition] = state.tokenSequences[partition]! + 1);
  const token: LeaseToken = { partition, epoch: state.epochs[partition]!, sequence };
  const times = timeLimits(taskClass.spec.policy, task.estimateMs, past.doublings);
  const id = trialIdOf(task.id as TaskId, n);
  const trial = new Trial(
    { id, n, token, grantedAtMs: now.wallMs, grantedMonoMs: now.monoMs, isTwin, times },
    task,
    worker,
  );
  trial.hasPermits = true;
  return trial;
}

/** Puts a trial on the books of its task and worker. */
export function addTrial(state: EngineState, trial: Trial): void {
  const { task, worker } = trial;
  if (task.trials === noTrials) task.trials = [trial];
  else task.trials.push(trial);
  worker.trials.set(trial.id, trial);
  state.trials.set(trial.id, trial);
  const { policy } = task.taskClass.spec;
  if (policy.speculation && policy.safeToRerun && !trial.isTwin && task.estimateMs !== null) {
    state.speculative.add(trial);
  }
}

function startTaskset(state: EngineState, { taskset }: Task, now: Now): void {
  if (taskset === null || taskset.status !== "pending") return;
  taskset.status = "running";
  refreshLane(state, taskset);
  state.out.touchTaskset(taskset);
  state.out.events.push({
    type: "taskset.running",
    namespace: taskset.namespace,
    atMs: now.wallMs,
    taskset: taskset.id,
  });
}

/**
 * A safe grant leaves as soon as the launch is durable, ahead of its own commit; its row is written if it lasts. One
 * that is not safe to rerun is written first.
 */
function sendGrant(state: EngineState, offer: Offer, trial: Trial, now: Now): void {
  const { task, worker } = trial;
  const effect = { type: "grant", worker, trial, offer: offer.number } as const;
  if (!task.taskClass.spec.policy.safeToRerun) {
    state.out.touch(task);
    showGrant(state, trial);
    trial.leavesWith = state.batchTaken + 1;
  } else {
    trial.leavesWith = Math.min(task.batch, state.batchTaken + 1);
  }
  state.out.lazyTasks.push({ task, sinceMonoMs: now.monoMs });
  effectsAfter(state, trial.leavesWith).push(effect);
}
