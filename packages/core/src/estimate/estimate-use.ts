import type { EngineState, EstimateUse } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Taskset } from "../state/taskset.js";
import type { Estimate } from "./estimate.js";

/** Longer than a launch takes from reading the estimates to its taskset, and than the commit of what was learnt last. */
const idleMs = 60_000;

/** Puts an unfinished taskset on the books; the estimates of its class stay in memory as long as it is there. */
export function addTaskset(state: EngineState, taskset: Taskset): void {
  if (state.tasksets.has(taskset.id)) return;
  state.tasksets.set(taskset.id, taskset);
  const key = classKeyOf(taskset);
  if (key === undefined) return;
  const use = state.estimateUses.get(key);
  if (use === undefined) state.estimateUses.set(key, { tasksets: 1, idle: null });
  else {
    use.tasksets += 1;
    endIdle(state, use);
  }
}

/** Takes a taskset off the books. */
export function removeTaskset(state: EngineState, taskset: Taskset, now: Now): void {
  if (!state.tasksets.delete(taskset.id)) return;
  const key = classKeyOf(taskset);
  const use = key === undefined ? undefined : state.estimateUses.get(key);
  if (key === undefined || use === undefined) return;
  use.tasksets -= 1;
  if (use.tasksets === 0) startIdle(state, key, { use, now });
}

/** Whether the estimates of a class are in memory, as they then stay for long enough to launch a taskset. */
export function hasEstimates(state: EngineState, key: string, now: Now): boolean {
  const use = state.estimateUses.get(key);
  if (use === undefined || !state.estimates.has(key)) return false;
  if (use.idle !== null) startIdle(state, key, { use, now });
  return true;
}

/** Takes the estimates of a class from the store; what was learnt meanwhile is newer. */
export function takeEstimates(
  state: EngineState,
  key: string,
  estimates: readonly (Estimate & { readonly key: string })[],
  now: Now,
): void {
  let use = state.estimateUses.get(key);
  if (use === undefined) state.estimateUses.set(key, (use = { tasksets: 0, idle: null }));
  if (use.tasksets === 0) startIdle(state, key, { use, now });
  const byKey = state.estimates.get(key) ?? new Map<string, Estimate>();
  state.estimates.set(key, byKey);
  for (const estimate of estimates) if (!byKey.has(estimate.key)) byKey.set(estimate.key, estimate);
}

/** Nobody has used the estimates of a class for a while: they are in the store. */
export function forgetEstimates(state: EngineState, key: string): void {
  state.estimateUses.delete(key);
  state.estimates.delete(key);
}

function startIdle(state: EngineState, key: string, { use, now }: { use: EstimateUse; now: Now }): void {
  endIdle(state, use);
  use.idle = state.deadlines.add(now.monoMs + idleMs, { type: "estimatesIdle", key });
}

function endIdle(state: EngineState, use: EstimateUse): void {
  if (use.idle !== null) state.deadlines.cancel(use.idle);
  use.idle = null;
}

function classKeyOf({ namespace, facts }: Taskset): string | undefined {
  return facts.class === null ? undefined : `${namespace}|${facts.class}`;
}
