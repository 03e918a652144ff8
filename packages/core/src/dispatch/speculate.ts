import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { makeOffer } from "./offer.js";
import { hasRoom } from "./reserve.js";
import { isQuarantined, isResting } from "./rest.js";
import { isKeptFrom } from "./workspace.js";

/** Gives stragglers a twin on another worker, when slots are idle and nothing is queued for them. */
export function speculate(state: EngineState, now: Now): void {
  if (state.speculative.size === 0) return setTimer(state, Number.POSITIVE_INFINITY);
  let nextAtMs = Number.POSITIVE_INFINITY;
  for (const trial of state.speculative) {
    const dueAtMs = twinDueAtMs(state, trial);
    if (dueAtMs > now.monoMs) nextAtMs = Math.min(nextAtMs, dueAtMs);
    else offerTwin(state, trial, now);
  }
  setTimer(state, nextAtMs);
}

/** One deadline for whichever twin is due next; none when none is. */
function setTimer(state: EngineState, atMs: number): void {
  const { speculation, deadlines } = state;
  if (speculation?.atMs === atMs || (speculation === null && atMs === Number.POSITIVE_INFINITY)) return;
  if (speculation === null) state.speculation = deadlines.add(atMs, { type: "speculate" });
  else if (atMs < Number.POSITIVE_INFINITY) deadlines.move(speculation, atMs);
  else {
    deadlines.cancel(speculation);
    state.speculation = null;
  }
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
  return taskset === null || (!isKeptFrom(worker, taskset, now) && hasRoom(taskset, worker.id));
}
