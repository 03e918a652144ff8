import { setTasksetStatus, startCancelling } from "../arbiter/taskset-status.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import { discardTaskset } from "./launch.js";

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

/** After all tasks are loaded: streams that broke with the last engine vanish, and what was being cancelled goes on. */
export function finishLoading(state: EngineState, now: Now): void {
  for (const taskset of [...state.tasksets.values()]) {
    if (taskset.status === "open") discardTaskset(state, taskset, now);
    else if (taskset.status === "cancelling") startCancelling(state, taskset, now);
    else if (taskset.status === "pending" && taskset.counts.running > 0)
      setTasksetStatus(state, taskset, { status: "running", now });
  }
}
