import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { makeOffer } from "./offer.js";
import { hasRoom } from "./reserve.js";
import { isQuarantined, isResting } from "./rest.js";

/** Gives stragglers a twin on another worker, when slots are idle and nothing is queued for them. */
export function speculate(state: EngineState, now: Now): void {
  if (state.speculative.size === 0) return;
  let nextAtMs = Number.POSITIVE_INFINITY;
  for (const trial of state.speculative) {
    const dueAtMs = twinDueAtMs(state, trial);
    if (dueAtMs > now.monoMs) nextAtMs = Math.min(nextAtMs, dueAtMs);
    else offerTwin(state, trial, now);
  }
  if (nextAtMs !== Number.POSITIVE_INFINITY) watchStragglers(state, nextAtMs);
}

/** One deadline for all of them, at the earliest: one a trial would wait long after its trial has ended. */
function watchStragglers(state: EngineState, atMs: number): void {
  if (state.speculation === null) state.speculation = state.deadlines.add(atMs, { type: "speculate" });
  else if (atMs < state.speculation.atMs) state.deadlines.move(state.speculation, atMs);
}

/** The trial is no straggler any more, whatever it was. */
export function endSpeculation(state: EngineState, trial: Trial): void {
  state.speculative.delete(trial);
  if (state.speculative.size > 0 || state.speculation === null) return;
  state.deadlines.cancel(state.speculation);
  state.speculation = null;
}

/** When the trial is well past its estimate. */
function twinDueAtMs({ config }: EngineState, trial: Trial): number {
  const estimateMs = trial.task.estimateMs ?? Number.POSITIVE_INFINITY;
  return trial.grantedMonoMs + Math.max(config.speculationLeastMs, config.speculationFactor * estimateMs);
}

function offerTwin(state: EngineState, trial: Trial, now: Now): void {
  const { task } = trial;
  const { demand } = task.taskClass.cell;
  const isStraggler =
    task.trials.length === 1 && trial.stopReason === null && task.verdict === null && !hasTwinOffer(trial);
  if (!isStraggler || demand.readyCells > 0 || task.taskClass.gate?.isFull === true) return;
  if (task.taskset !== null && task.taskset.status !== "running") return;
  for (const worker of demand.idle) {
    if (!suits(trial, worker, now)) continue;
    makeOffer(state, task, worker, { now, isTwin: true });
    return;
  }
}

function hasTwinOffer({ task }: Trial): boolean {
  for (const worker of task.taskClass.cell.demand.workers) {
    for (const offer of worker.offers.values()) if (offer.isTwin && offer.task === task) return true;
  }
  return false;
}

function suits(trial: Trial, worker: Worker, now: Now): boolean {
  const { spec, taskset } = trial.task.taskClass;
  if (
    worker === trial.worker ||
    isResting(worker, spec.revision, now) ||
    isQuarantined(worker, "plugin", spec.plugin, now)
  )
    return false;
  return taskset === null || (!isQuarantined(worker, "taskset", taskset.id, now) && hasRoom(taskset, worker.id));
}
