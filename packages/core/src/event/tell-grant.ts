import type { Trial } from "../state/trial.js";
import type { ChangeEvent } from "./event.js";

/**
 * Says that a trial was granted, once. A safe grant is written when it has lasted for a while, so its event goes with its
 * row, or just before the event of its end: who hears of a trial finds it.
 */
export function tellGrant(events: ChangeEvent[], trial: Trial): void {
  if (trial.isTold) return;
  trial.isTold = true;
  const { task } = trial;
  events.push({
    type: "trial.granted",
    namespace: task.taskClass.spec.namespace,
    atMs: trial.grantedAtMs,
    task: task.id,
    trial: trial.id,
    worker: trial.worker.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
  });
}
