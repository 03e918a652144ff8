import { Forecast } from "@capstan/core";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { EngineMeasures } from "./operations.js";

/** What the engine counts, read when somebody asks. */
export function measure(loop: EngineLoop): EngineMeasures {
  const { state, measures } = loop;
  const { counts } = state;
  const workers: Record<string, number> = {};
  let total = 0;
  let busy = 0;
  for (const worker of state.workers.values()) {
    workers[worker.status] = (workers[worker.status] ?? 0) + 1;
    if (worker.isConnected) total += worker.slots;
    busy += worker.trials.size;
  }
  return {
    tasks: { waiting: counts.waiting, queued: counts.queued, running: counts.running },
    finished: { ...counts.finished },
    trials: { ...counts.trials },
    workers,
    slots: { total, busy },
    offers: {
      made: counts.offersMade,
      declined: counts.offersDeclined,
      expired: counts.offersExpired,
      halted: counts.offersHalted,
    },
    commits: {
      count: measures.commits,
      rows: measures.rows,
      secondsTotal: measures.commitSeconds,
      failed: measures.failed,
    },
    loop: { eventsApplied: measures.applied, secondsTotal: measures.turnSeconds },
    sweepMended: counts.sweepMended,
    backlogMs: new Forecast(state, loop.now()).backlogMs,
  };
}
