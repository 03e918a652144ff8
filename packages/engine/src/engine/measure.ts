import { Forecast, type EngineState } from "@capstan/core";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { EngineMeasures } from "./operations.js";

/** What the engine counts, read when somebody asks; `held`: by the rooms outside of core. */
export function measure(loop: EngineLoop, held: EngineMeasures["held"]): EngineMeasures {
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
    held: { ...heldByCore(state), ...held },
    sweepMended: counts.sweepMended,
    backlogMs: new Forecast(state, loop.now()).backlogMs,
  };
}

function heldByCore(state: EngineState): Record<string, number> {
  let estimates = 0;
  for (const byKey of state.estimates.values()) estimates += byKey.size;
  return {
    tasks: state.tasks.size,
    tasksets: state.tasksets.size,
    trials: state.trials.size,
    offers: state.offerQueue.list.length,
    workers: state.workers.size,
    sessions: state.sessions.size,
    classes: state.classes,
    lanes: state.lanes.size,
    demands: state.demands.size,
    gates: state.gates.size,
    rates: state.rates.size,
    revisions: state.revisionTasks.size,
    estimates,
    deadlines: state.deadlines.size,
  };
}
