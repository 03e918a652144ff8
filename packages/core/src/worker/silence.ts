import { bareReport, endTrial } from "../arbiter/end-trial.js";
import { unwatchQuarantines } from "../dispatch/rest.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { dropConnection, rematchWorker, setWorkerStatus } from "./join.js";
import { endWatchOfLost, watchLost, watchSilence } from "./watch.js";

/** The watch fires: the worker spoke since, or it is unreachable, or leases of its trials have ended. */
export function checkSilence(state: EngineState, worker: Worker, now: Now): void {
  worker.silence = null;
  if (worker.status === "gone" || worker.status === "lost") return;
  const { unreachableMs, leaseMs } = state.config;
  const silentMs = now.monoMs - worker.lastSeenMonoMs;
  // Compared as the deadline was made: a difference may round to less, and it would be due again at once, for ever.
  if (now.monoMs < worker.lastSeenMonoMs + unreachableMs) return watchSilence(state, worker);
  if (worker.status !== "unreachable") {
    setWorkerStatus(state, worker, "unreachable", now);
    rematchWorker(state, worker);
  }
  endLeases(state, worker, silentMs, now);
  if (worker.trials.size === 0 && silentMs >= leaseMs) return missWorker(state, worker, now);
  watchLease(state, worker, silentMs, now);
}

function watchLease(state: EngineState, worker: Worker, silentMs: number, now: Now): void {
  const leases = [...worker.trials.values()].map(leaseOf);
  const nextMs = leases.length === 0 ? state.config.leaseMs : Math.min(...leases);
  const inMs = Math.max(1, nextMs - silentMs);
  worker.silence = state.deadlines.add(now.monoMs + inMs, { type: "workerSilent", worker });
}

function leaseOf(trial: Trial): number {
  return trial.task.taskClass.spec.policy.leaseMs;
}

function endLeases(state: EngineState, worker: Worker, silentMs: number, now: Now): void {
  const ended = [...worker.trials.values()].filter((trial) => silentMs >= leaseOf(trial));
  for (const trial of ended) {
    endTrial(state, trial, lossOf(trial, "its lease ended", { wasAlone: ended.length === 1, now }), now);
  }
}

function lossOf(trial: Trial, cause: string, { wasAlone, now }: { wasAlone: boolean; now: Now }) {
  return bareReport("lost", cause, { wasAlone, durationMs: Math.max(0, now.monoMs - trial.grantedMonoMs) });
}

/**
 * The worker gave no sign for its lease. Its session is kept for a while: it may come back, and trials that it still
 * runs go on when nobody was granted their tasks since.
 */
function missWorker(state: EngineState, worker: Worker, now: Now): void {
  setWorkerStatus(state, worker, "lost", now);
  detachWorker(state, worker);
  watchLost(state, worker, now);
}

/** The time of a lost worker is over: its session ends, unless it came back. */
export function forgetWorker(state: EngineState, worker: Worker): void {
  if (worker.status === "lost" && state.workers.has(worker.id)) removeWorker(state, worker);
}

/** The worker's process is gone, as its spawner says: its trials are lost, its session ends. */
export function loseWorker(state: EngineState, worker: Worker, cause: string, now: Now): void {
  const trials = [...worker.trials.values()];
  for (const trial of trials) endTrial(state, trial, lossOf(trial, cause, { wasAlone: trials.length === 1, now }), now);
  setWorkerStatus(state, worker, "lost", now);
  removeWorker(state, worker);
}

/** The worker said that it leaves, and nothing of it runs any more. */
export function endWorker(state: EngineState, worker: Worker, now: Now): void {
  for (const trial of [...worker.trials.values()]) {
    endTrial(state, trial, bareReport("lost", "its worker left", { hasBegun: false }), now);
  }
  setWorkerStatus(state, worker, "gone", now);
  removeWorker(state, worker);
}

function removeWorker(state: EngineState, worker: Worker): void {
  detachWorker(state, worker);
  endWatchOfLost(state, worker);
  unwatchQuarantines(state, worker, worker.quarantines);
  for (const taskset of worker.workspaces) state.tasksets.get(taskset)?.holders.delete(worker);
  state.workers.delete(worker.id);
  state.sessions.delete(worker.facts.session);
  worker.isForgotten = true;
  state.out.deletedWorkers.push(worker);
}

function detachWorker(state: EngineState, worker: Worker): void {
  dropConnection(state, worker);
  for (const demand of worker.demands) {
    demand.workers.delete(worker);
    demand.idle.delete(worker);
  }
  worker.demands.clear();
  if (worker.silence !== null) state.deadlines.cancel(worker.silence);
  worker.silence = null;
  state.recovery?.awaited.delete(worker.id);
  state.out.effects.push({ type: "disconnect", worker, reason: `the session ended: ${worker.status}` });
}
