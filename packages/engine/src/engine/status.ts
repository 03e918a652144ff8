import { partitionCount, type EngineStatus } from "@capstan/protocol";
import { version } from "../version.js";
import type { Engine } from "./engine.js";

/** The engine at a glance; the counts are of the namespace's workers and of all tasks. */
export function engineStatus(engine: Engine, { namespace, store }: { namespace: string; store: string }): EngineStatus {
  const { state } = engine.loop;
  const workers = [...state.workers.values()].filter((worker) => worker.namespace === namespace && worker.isConnected);
  const { waiting, queued, running } = state.counts;
  return {
    version,
    store: `${store}, ${partitionCount} partitions`,
    startedAtMs: engine.startedAtMs,
    tasks: { waiting, queued, running },
    workers: workers.length,
    slots: workers.reduce((sum, worker) => sum + worker.slots, 0),
    slotsBusy: workers.reduce((sum, worker) => sum + worker.trials.size, 0),
    backlogMs: backlogMs(engine.loop.state),
    isDraining: !engine.isReady,
  };
}

/** Work that waits, in ms: what is queued of each class times what a trial of it takes; unknown ones count nothing. */
export function backlogMs(state: Engine["loop"]["state"]): number {
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
