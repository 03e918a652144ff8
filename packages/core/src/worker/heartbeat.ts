import type { Statistics } from "@capstan/protocol";
import { bareReport, endTrial } from "../arbiter/end-trial.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { noteRunning } from "./report.js";

export interface Heartbeat {
  readonly sequence: number;
  readonly statistics?: Statistics;
  readonly trials?: readonly string[];
}

/** A worker's sign of life: renews its leases, and squares what runs there with what the engine thinks. */
export function takeHeartbeat(state: EngineState, worker: Worker, heartbeat: Heartbeat, now: Now): void {
  if (heartbeat.statistics !== undefined) worker.statistics = heartbeat.statistics;
  const unknown = (heartbeat.trials ?? []).filter((trial) => state.trials.get(trial)?.worker !== worker);
  for (const trial of heartbeat.trials ?? []) noteRunning(state, worker, trial);
  sweepTrials(state, worker, heartbeat, now);
  state.out.effects.push({
    type: "send",
    worker,
    message: { type: "heartbeat", sequence: heartbeat.sequence, ...(unknown.length === 0 ? {} : { unknown }) },
  });
}

/** Nothing stays running without an end: a stop that is not answered, a limit that the worker did not enforce. */
function sweepTrials(state: EngineState, worker: Worker, heartbeat: Heartbeat, now: Now): void {
  const named = heartbeat.trials === undefined ? undefined : new Set(heartbeat.trials);
  for (const trial of [...worker.trials.values()]) {
    const ending = findOverdue(state, trial, named, now);
    if (ending === undefined) continue;
    state.counts.sweepMended += 1;
    endTrial(
      state,
      trial,
      bareReport(ending.status, ending.cause, { durationMs: now.monoMs - trial.grantedMonoMs }),
      now,
    );
  }
}

function findOverdue(
  state: EngineState,
  trial: Trial,
  named: ReadonlySet<string> | undefined,
  now: Now,
): { status: "lost" | "timeout"; cause: string } | undefined {
  const { stopMarginMs, heartbeatMs } = state.config;
  const { stopGraceMs } = trial.task.taskClass.spec.policy;
  const runMs = now.monoMs - trial.grantedMonoMs;
  if (trial.stopReason !== null && now.monoMs - trial.stoppedAtMonoMs > stopGraceMs + stopMarginMs) {
    return { status: "lost", cause: "its worker did not answer the stop" };
  }
  // The worker counts the limits of a command from the end of its setup.
  const setupMs = trial.task.taskClass.spec.runtime === "command" ? state.config.setupMs : 0;
  if (runMs > setupMs + trial.times.hardMs + stopGraceMs + stopMarginMs)
    return { status: "timeout", cause: "its worker did not end it at the hard limit" };
  // A grant may be on its way while the heartbeat was; after two of them it is not.
  const isForgotten = named !== undefined && !named.has(trial.id) && runMs > 2 * heartbeatMs + stopMarginMs;
  return isForgotten ? { status: "lost", cause: "its worker does not know it" } : undefined;
}
