import { setTasksetStatus } from "../arbiter/taskset-status.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";

/**
 * Starts the wait for the workers that were connected when the engine ended without order: queued tasks may have been
 * granted without a trace, and are not granted again before every worker is back or one lease has passed.
 */
export function startRecovery(state: EngineState, now: Now): void {
  const awaited = new Set<string>();
  for (const worker of state.workers.values()) if (worker.status !== "lost") awaited.add(worker.id);
  if (awaited.size === 0) return;
  state.recovery = { awaited, tasks: [] };
  state.deadlines.add(now.monoMs + state.config.leaseMs, { type: "recoveryEnds" });
}

/** After what runs is loaded: a taskset whose start was not written yet runs all the same. */
export function resumeTasksets(state: EngineState, now: Now): void {
  for (const taskset of state.tasksets.values()) {
    if (taskset.status !== "pending" || taskset.counts.running === 0) continue;
    setTasksetStatus(state, taskset, { status: "running", now });
  }
}

/** After all tasks are loaded. */
export function finishLoading(state: EngineState): void {
  state.loading = null;
}
