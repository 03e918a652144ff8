import { Forecast } from "@capstan/core";
import { partitionCount, type EngineStatus } from "@capstan/protocol";
import { version } from "../version.js";
import type { EngineLoop } from "../loop/engine-loop.js";

export interface StatusFacts {
  readonly namespace: string;
  readonly store: string;
  readonly startedAtMs: number;
  readonly isDraining: boolean;
}

/** The engine at a glance; the counts are of the namespace's workers and of all tasks. */
export function engineStatus(loop: EngineLoop, about: StatusFacts): EngineStatus {
  const { state } = loop;
  const { namespace, store } = about;
  const workers = [...state.workers.values()].filter((worker) => worker.namespace === namespace && worker.isConnected);
  const { waiting, queued, running } = state.counts;
  return {
    version,
    store: `${store}, ${partitionCount} partitions`,
    startedAtMs: about.startedAtMs,
    tasks: { waiting, queued, running },
    workers: workers.length,
    slots: workers.reduce((sum, worker) => sum + worker.slots, 0),
    slotsBusy: workers.reduce((sum, worker) => sum + worker.trials.size, 0),
    backlogMs: new Forecast(state, loop.now()).backlogMs,
    isDraining: about.isDraining,
  };
}
