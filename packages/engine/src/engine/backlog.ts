import type { EngineState } from "@capstan/core";

/** Work that waits, in ms: what is queued of each class times what a trial of it takes; unknown ones count nothing. */
export function backlogMs(state: EngineState): number {
  let sum = 0;
  for (const taskClass of state.loneClasses.values()) sum += taskClass.queued * (taskClass.meanMs ?? 0);
  for (const taskset of state.tasksets.values()) {
    sum += taskset.waitingMs;
    for (const taskClass of taskset.classes.values()) {
      if (taskset.waitingMs === 0) sum += taskClass.queued * (taskClass.meanMs ?? 0);
    }
  }
  return sum;
}
