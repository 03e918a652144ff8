import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";

/** Watches for the worker's silence: one deadline a worker, moved on lazily when it fires. */
export function watchSilence(state: EngineState, worker: Worker): void {
  const { unreachableMs } = state.config;
  worker.silence = state.deadlines.add(worker.lastSeenMonoMs + unreachableMs, { type: "workerSilent", worker });
}

/** Forgets a lost worker after a while, unless it comes back. */
export function watchLost(state: EngineState, worker: Worker, now: Now): void {
  endWatchOfLost(state, worker);
  worker.forgetting = state.deadlines.add(now.monoMs + state.config.lostWorkerMs, { type: "workerForgotten", worker });
}

export function endWatchOfLost(state: EngineState, worker: Worker): void {
  if (worker.forgetting !== null) state.deadlines.cancel(worker.forgetting);
  worker.forgetting = null;
}
