import type { EstimateRow } from "../row/row.js";
import { learn, raiseAfterTimeout, type Estimate } from "../estimate/estimate.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import type { TrialReport } from "./end-trial.js";

const meanShare = 0.2;

/** Where a task's estimate is kept: its taskset's class and its key, or for a lone task its definition and no key. */
export function estimateKeyOf({
  taskClass,
  taskset,
  key,
}: Task): { readonly class: string; readonly key: string } | undefined {
  if (taskset === null) return { class: taskClass.spec.definition, key: "" };
  const estimateClass = taskset.facts.class;
  return estimateClass === null || key === null ? undefined : { class: estimateClass, key };
}

export function findEstimate(state: EngineState, task: Task): Estimate | undefined {
  const at = estimateKeyOf(task);
  if (at === undefined) return undefined;
  return state.estimates.get(`${task.taskClass.spec.namespace}|${at.class}`)?.get(at.key);
}

/** What the end of a trial teaches of how long its task takes. */
export function learnFromTrial(state: EngineState, trial: Trial, report: TrialReport, now: Now): void {
  const { task } = trial;
  if (report.status === "succeeded") {
    const { taskClass } = task;
    const { meanMs } = taskClass;
    taskClass.meanMs = meanMs === null ? report.durationMs : meanMs + meanShare * (report.durationMs - meanMs);
    store(state, task, { estimate: learn(findEstimate(state, task), report.durationMs), now });
  } else if (report.status === "timeout" && trial.times.isByEstimate) {
    task.past.doublings += 1;
    store(state, task, { estimate: raiseAfterTimeout(findEstimate(state, task), trial.times.softMs), now });
  }
}

function store(state: EngineState, task: Task, { estimate, now }: { estimate: Estimate; now: Now }): void {
  const at = estimateKeyOf(task);
  if (at === undefined) return;
  const { namespace } = task.taskClass.spec;
  const classKey = `${namespace}|${at.class}`;
  let estimates = state.estimates.get(classKey);
  // A late twin of a taskset that is long gone teaches the store alone.
  if (estimates === undefined && (task.taskset === null || state.estimateUses.has(classKey))) {
    state.estimates.set(classKey, (estimates = new Map()));
  }
  estimates?.set(at.key, estimate);
  const row: EstimateRow = { namespace, class: at.class, key: at.key, ...estimate, updatedAtMs: now.wallMs };
  state.out.estimates.set(`${classKey}|${at.key}`, row);
}
