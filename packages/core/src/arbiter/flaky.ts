import type { EngineState } from "../state/engine-state.js";
import type { Task, Verdict } from "../state/task.js";
import { findEstimate } from "./learn.js";

/** More than one counted trial was needed to succeed. */
export function isFlaky(task: Task): boolean {
  const { history, verdict } = task;
  return verdict?.status === "succeeded" && history !== null && history.trialsCounted > 0;
}

/** Counts a flaky task in its taskset, and keeps a record of it where it can be found again: under class and key. */
export function noteFlaky(state: EngineState, task: Task, { endedAtMs }: Pick<Verdict, "endedAtMs">): void {
  const { taskset, key } = task;
  if (taskset === null) return;
  taskset.counts.flaky += 1;
  if (taskset.facts.class === null || key === null) return;
  state.out.flaky.push({
    namespace: taskset.namespace,
    class: taskset.facts.class,
    key,
    taskset: taskset.id,
    task: task.id,
    round: task.round,
    passes: findEstimate(state, task)?.samples ?? 1,
    atMs: endedAtMs,
  });
}
