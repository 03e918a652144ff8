import type { FinalTrialStatus } from "@capstan/protocol";
import { backoffMs, fractionOf } from "../backoff/backoff.js";
import { release } from "../dispatch/reserve.js";
import { countFailure, countSuccess } from "../dispatch/rest.js";
import { showGrant } from "../outcome/show-grant.js";
import type { TrialEndRow } from "../row/row.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import type { Trial } from "../state/trial.js";
import { finishTask } from "./finish-task.js";
import { judge, type Judgement, type TrialEnding } from "./judge.js";
import { learnFromTrial } from "./learn.js";
import { delayTask, queueTask } from "./requeue.js";
import { chargeRetry, hasRetries } from "./retry-cap.js";

/** The end of a trial with all that is stored of it; texts are JSON as it came. */
export interface TrialReport extends TrialEnding {
  readonly cause: string | null;
  readonly durationMs: number;
  readonly outputJson: string | null;
  readonly outputBlob: string | null;
  readonly errorJson: string | null;
  readonly countsJson: string | null;
  readonly usageJson: string | null;
}

/** A report with nothing in it but how the trial ended. */
export function bareReport(
  status: FinalTrialStatus,
  cause: string | null,
  facts: Partial<TrialReport> = {},
): TrialReport {
  return {
    status,
    cause,
    hasBegun: true,
    wasAlone: true,
    isRetryable: true,
    durationMs: 0,
    outputJson: null,
    outputBlob: null,
    errorJson: null,
    countsJson: null,
    usageJson: null,
    ...facts,
  };
}

/** Ends a trial that lives, and its task with it when the arbiter says so. */
export function endTrial(state: EngineState, trial: Trial, report: TrialReport, now: Now): void {
  removeTrial(state, trial);
  const { task } = trial;
  const judgement = task.verdict === null ? judge(report, caseOf(trial)) : undefined;
  const status = task.status === "cancelling" && task.verdict === null ? "cancelled" : report.status;
  const end = makeEnd(trial, { ...report, status }, { judgement, now });
  state.counts.trials[status] = (state.counts.trials[status] ?? 0) + 1;
  showGrant(state, trial);
  emitTrialEnd(state, trial, end);
  if (judgement === undefined) return pushTrialRow(state, task, end);
  countJudgement(trial, report.status, judgement);
  chargeRetry(state, task.taskset, { status: report.status, judgement });
  learnFromTrial(state, trial, report, now);
  noteWorker(state, trial, report, now);
  carryOut(state, trial, { judgement, end, now });
}

/** Takes a trial off the books; slot, keys and permits are free again. */
export function removeTrial(state: EngineState, trial: Trial): void {
  const { task, worker } = trial;
  state.trials.delete(trial.id);
  worker.trials.delete(trial.id);
  state.speculative.delete(trial);
  task.trials = task.trials.length === 1 ? [] : task.trials.filter((other) => other !== trial);
  if (trial.hasPermits) release(state, task.taskClass, worker.id);
  state.prefetchers.add(worker);
}

function caseOf(trial: Trial): Parameters<typeof judge>[1] {
  const { task } = trial;
  const { past } = task;
  const { policy } = task.taskClass.spec;
  return {
    isTwin: trial.isTwin,
    hasCompany: task.trials.length > 0,
    isCancelling: task.status === "cancelling",
    stopReason: trial.stopReason,
    counted: past.trialsCounted,
    lost: past.trialsLost,
    suspicions: past.suspicions,
    maxTrials: policy.maxTrials,
    maxLosses: policy.maxLosses,
    hasRetries: hasRetries(task.taskset),
    isSafeToRerun: policy.safeToRerun,
    profile: policy.profile,
  };
}

function makeEnd(
  trial: Trial,
  report: TrialReport,
  { judgement, now }: { judgement: Judgement | undefined; now: Now },
): TrialEndRow {
  return {
    n: trial.n,
    round: trial.task.round,
    status: report.status,
    cause: report.cause,
    isTwin: trial.isTwin,
    isCounted: judgement?.isCounted === true || judgement?.isLoss === true,
    worker: trial.worker.id,
    workerName: trial.worker.facts.name,
    token: trial.token,
    grantedAtMs: trial.grantedAtMs,
    endedAtMs: now.wallMs,
    durationMs: report.durationMs,
    outputJson: report.outputJson,
    outputBlob: report.outputBlob,
    errorJson: report.errorJson,
    countsJson: report.countsJson,
    usageJson: report.usageJson,
  };
}

function emitTrialEnd(state: EngineState, { id, task, worker }: Trial, end: TrialEndRow): void {
  state.out.events.push({
    type: `trial.${end.status}`,
    namespace: task.taskClass.spec.namespace,
    atMs: end.endedAtMs,
    task: task.id,
    trial: id,
    worker: worker.id,
    ...(task.taskset === null ? {} : { taskset: task.taskset.id }),
  });
}

/** A trial that is not its task's last gets a row of its own. */
export function pushTrialRow(state: EngineState, task: Task, end: TrialEndRow): void {
  const { namespace, revision } = task.taskClass.spec;
  state.out.trials.push({ ...end, namespace, task: task.id, revision });
}

function countJudgement({ task, token }: Trial, status: FinalTrialStatus, judgement: Judgement): void {
  const { past } = task;
  const { isLoss, isSuspect } = judgement;
  past.lastLoss = status === "lost" && (isLoss || isSuspect) ? { token, isSuspect } : null;
  if (judgement.isCounted) past.trialsCounted += 1;
  if (judgement.isLoss) past.trialsLost += 1;
  if (judgement.isSuspect) past.suspicions += 1;
}

/** An executor that dies again and again speaks against the worker; a success speaks for it. */
function noteWorker(state: EngineState, { task, worker }: Trial, report: TrialReport, now: Now): void {
  const { plugin } = task.taskClass.spec;
  if (report.status === "succeeded") countSuccess(worker, plugin, task.taskset?.id);
  else if (report.status === "error" && !report.hasBegun) {
    countFailure(state, worker, { scope: "plugin", name: plugin, reason: report.cause ?? "the executor failed", now });
  }
}

function carryOut(
  state: EngineState,
  { task, worker, id }: Trial,
  { judgement, end, now }: { judgement: Judgement; end: TrialEndRow; now: Now },
): void {
  const { outcome } = judgement;
  if (outcome.type === "verdict") {
    const cause = task.status === "cancelling" ? (task.past.cancelCause ?? outcome.cause) : outcome.cause;
    finishTask(
      state,
      task,
      { status: outcome.status, cause, reason: null, endedAtMs: now.wallMs, lastTrial: end },
      now,
    );
    return;
  }
  pushTrialRow(state, task, end);
  state.out.touch(task);
  if (outcome.type === "wait") return;
  task.past.lastWorker = worker.id;
  if (outcome.when === "front") queueTask(state, task, { isFront: true, now });
  else {
    const { backoff } = task.taskClass.spec.policy;
    delayTask(state, task, backoffMs(backoff, task.past.trialsCounted, fractionOf(id)), now);
  }
}
