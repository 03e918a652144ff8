import {
  isSameToken,
  type LeaseToken,
  type ResultMessage,
  type StopReason,
  type StoppedMessage,
} from "@capstan/protocol";
import { bareReport, endTrial, type TrialReport } from "../arbiter/end-trial.js";
import { showGrant } from "../outcome/show-grant.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";

/** A worker's final report on a trial. The first with the valid token wins; any other is judged by what is stored. */
export function takeReport(
  state: EngineState,
  worker: Worker,
  { report, token }: { report: ResultMessage | StoppedMessage; token: LeaseToken },
  now: Now,
): void {
  const trial = state.trials.get(report.trial);
  if (trial === undefined || trial.worker !== worker || !isSameToken(trial.token, token)) {
    state.out.effectsAfterCommit.push({ type: "judgeLateReport", worker, report, token });
    return;
  }
  endTrial(state, trial, report.type === "result" ? fromResult(report) : fromStopped(report, trial.stopReason), now);
  state.out.effectsAfterCommit.push({ type: "send", worker, message: { type: "accepted", trial: report.trial } });
}

function fromResult(report: ResultMessage): TrialReport {
  return {
    status: report.status,
    cause: report.error?.message.slice(0, 500) ?? null,
    hasBegun: report.hasBegun,
    wasAlone: report.wasAlone ?? true,
    isRetryable: report.error?.isRetryable ?? true,
    durationMs: report.timings.durationMs,
    outputJson: report.output === undefined ? null : JSON.stringify(report.output),
    outputBlob: report.outputBlob === undefined ? null : JSON.stringify(report.outputBlob),
    errorJson: report.error === undefined ? null : JSON.stringify(report.error),
    countsJson: report.counts === undefined ? null : JSON.stringify(report.counts),
    usageJson: report.usage === undefined ? null : JSON.stringify(report.usage),
  };
}

/** What a worker says of a trial that it stopped because it leaves. */
const leaving: StopReason = "shutdown";

/**
 * A stopped trial ends `cancelled`, also when its worker stopped it in order to leave. Any other that the engine did not
 * ask to stop was given up by its worker, which was cut off: that is a loss.
 */
function fromStopped(report: StoppedMessage, stopReason: string | null): TrialReport {
  const facts = { hasBegun: report.hasBegun, durationMs: report.timings.durationMs };
  if (stopReason !== null) return bareReport("cancelled", stopReason, facts);
  if (report.reason === leaving) return bareReport("cancelled", leaving, facts);
  return bareReport("lost", report.reason ?? "its worker stopped it", facts);
}

/** The trial gave its worker's sign: it runs. */
export function noteRunning(state: EngineState, worker: Worker, trialId: string): void {
  const trial = state.trials.get(trialId);
  if (trial === undefined || trial.worker !== worker || trial.status !== "granted") return;
  trial.status = "running";
  if (trial.task.status === "granted") trial.task.status = "running";
}

/**
 * The trial wrote output, which is stored under its id: its grant is stored with it. Else a crash could leave output of a
 * trial of which nothing is known, and the next trial would get its id and mix with it.
 */
export function noteOutput(state: EngineState, worker: Worker, trialId: string): void {
  noteRunning(state, worker, trialId);
  const trial = state.trials.get(trialId);
  if (trial === undefined || trial.worker !== worker || trial.isShown) return;
  showGrant(state, trial);
  state.out.touch(trial.task);
}

export function noteProgress(
  state: EngineState,
  worker: Worker,
  progress: { trial: string; fraction?: number; note?: string },
): void {
  const trial = state.trials.get(progress.trial);
  if (trial === undefined || trial.worker !== worker) return;
  noteRunning(state, worker, progress.trial);
  const { past } = trial.task;
  past.progress = progress.fraction ?? past.progress;
  past.progressNote = progress.note ?? past.progressNote;
}
