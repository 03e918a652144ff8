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
  for (const name of heartbeat.trials ?? []) {
    noteRunning(state, worker, name);
    const trial = worker.trials.get(name);
    if (trial !== undefined) trial.knownMonoMs ??= now.monoMs;
  }
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
  const { runtime, policy } = trial.task.taskClass.spec;
  // The store may take long over a grant that is not safe to rerun: nobody has it yet.
  if (trial.leavesWith > state.batchCommitted && !policy.safeToRerun) return undefined;
  trial.leftMonoMs ??= policy.safeToRerun ? trial.grantedMonoMs : now.monoMs;
  const stoppedMs = now.monoMs - Math.max(trial.stoppedAtMonoMs, trial.leftMonoMs);
  if (trial.stopReason !== null && stoppedMs > policy.stopGraceMs + stopMarginMs)
    return { status: "lost", cause: "its worker did not answer the stop" };
  // The worker counts the limits of a command from the end of its setup.
  const setupMs = runtime === "command" ? state.config.setupMs : 0;
  const limitMs = setupMs + trial.times.hardMs + policy.stopGraceMs + stopMarginMs;
  if (now.monoMs - latestStartMs(trial, trial.leftMonoMs) > limitMs)
    // Its worker has not said so: code that is not safe to rerun may run on, or have been interrupted in the middle.
    return { status: policy.safeToRerun ? "timeout" : "lost", cause: "its worker did not end it at the hard limit" };
  // A grant may be on its way while the heartbeat was; after two of them it is not.
  const awaitedMs = now.monoMs - trial.leftMonoMs;
  const isForgotten = named !== undefined && !named.has(trial.id) && awaitedMs > 2 * heartbeatMs + stopMarginMs;
  return isForgotten ? { status: "lost", cause: "its worker does not know it" } : undefined;
}

/**
 * When its code began at the latest. A grant may have been long on its way, and two copies of what is not safe to rerun
 * must not overlap: until its worker has named the trial it may begin as late as its lease allows.
 */
function latestStartMs({ task, grantedMonoMs, knownMonoMs }: Trial, leftMonoMs: number): number {
  const { safeToRerun, leaseMs } = task.taskClass.spec.policy;
  return safeToRerun ? grantedMonoMs : (knownMonoMs ?? leftMonoMs + leaseMs);
}
