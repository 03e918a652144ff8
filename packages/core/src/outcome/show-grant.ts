import type { EngineState } from "../state/engine-state.js";
import type { Trial } from "../state/trial.js";

/** Tells watchers of a grant: with the commit that writes it, or the end of its trial, never before. */
export function showGrant(state: EngineState, trial: Trial): void {
  if (trial.isShown) return;
  trial.isShown = true;
  const { task, worker } = trial;
  state.out.events.push({
    type: "trial.granted",
    namespace: task.taskClass.spec.namespace,
    atMs: trial.grantedAtMs,
    task: task.id,
    trial: trial.id,
    worker: worker.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
  });
}
