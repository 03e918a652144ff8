import type { EngineState } from "../state/engine-state.js";
import type { Worker } from "../state/worker.js";

/** Watches for the worker's silence: one deadline a worker, moved on lazily when it fires. */
export function watchSilence(state: EngineState, worker: Worker): void {
  const { unreachableMs } = state.config;
  worker.silence = state.deadlines.add(worker.lastSeenMonoMs + unreachableMs, { type: "workerSilent", worker });
}
