import type { FinalTrialStatus } from "@capstan/protocol";
import type { EngineState } from "../state/engine-state.js";
import type { Taskset } from "../state/taskset.js";
import type { Judgement } from "./judge.js";

/** A share times a count may miss a whole number by this, and is none more than it for that. */
const rounding = 1e-9;

/** How many retries the tasks of a taskset have together in a round; infinite when neither limit is set. */
export function retriesMax({ facts, counts }: Pick<Taskset, "facts" | "counts">): number {
  const { maxRetries = Infinity, maxRetryShare } = facts.limits ?? {};
  if (maxRetryShare === undefined) return maxRetries;
  return Math.min(maxRetries, Math.max(0, Math.ceil(maxRetryShare * counts.total - rounding)));
}

/** Whether a failed task may be tried again, as far as its taskset has a say. */
export function hasRetries(taskset: Taskset | null): boolean {
  return taskset === null || taskset.counts.retries < retriesMax(taskset);
}

/** Counts a retry after a failure. What is tried again after a loss, a stop or a death in company costs nothing. */
export function chargeRetry(
  state: EngineState,
  taskset: Taskset | null,
  { status, judgement }: { readonly status: FinalTrialStatus; readonly judgement: Judgement },
): void {
  if (taskset === null || judgement.outcome.type !== "retry") return;
  if (status === "lost" || status === "cancelled") return;
  if (judgement.isSuspect && !judgement.isCounted) return;
  taskset.counts.retries += 1;
  state.out.touchTaskset(taskset);
}
