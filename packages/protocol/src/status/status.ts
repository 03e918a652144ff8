/** The status words of model.md, as data: schemas, CHECK constraints and transition tables are made from these lists. */
export const tasksetStatuses = [
  "open",
  "pending",
  "running",
  "paused",
  "cancelling",
  "cancelled",
  "succeeded",
  "failed",
] as const;
export const taskStatuses = [
  "waiting",
  "queued",
  "offered",
  "granted",
  "running",
  "checking",
  "cancelling",
  "succeeded",
  "skipped",
  "failed",
  "abandoned",
  "cancelled",
] as const;
export const trialStatuses = [
  "granted",
  "running",
  "stopping",
  "succeeded",
  "skipped",
  "failed",
  "error",
  "timeout",
  "lost",
  "cancelled",
] as const;
export const workerStatuses = ["joining", "ready", "unreachable", "draining", "gone", "lost"] as const;
export const executorStatuses = ["starting", "idle", "busy", "exited"] as const;
export const targetStatuses = ["provisioning", "ready", "draining", "gone", "lost", "failed"] as const;
export const profiles = ["job", "test"] as const;
/** How an offer came to nothing. */
export const offerOutcomes = ["declined", "expired", "halted"] as const;
export const runtimes = ["node", "inline", "command"] as const;

export type TasksetStatus = (typeof tasksetStatuses)[number];
export type OfferOutcome = (typeof offerOutcomes)[number];
export type TaskStatus = (typeof taskStatuses)[number];
export type TrialStatus = (typeof trialStatuses)[number];
export type WorkerStatus = (typeof workerStatuses)[number];
export type ExecutorStatus = (typeof executorStatuses)[number];
export type TargetStatus = (typeof targetStatuses)[number];
export type Profile = (typeof profiles)[number];
export type Runtime = (typeof runtimes)[number];

export const finalTaskStatuses = ["succeeded", "skipped", "failed", "abandoned", "cancelled"] as const;
export type FinalTaskStatus = (typeof finalTaskStatuses)[number];
export const finalTrialStatuses = ["succeeded", "skipped", "failed", "error", "timeout", "lost", "cancelled"] as const;
export type FinalTrialStatus = (typeof finalTrialStatuses)[number];
export const finalTasksetStatuses = ["cancelled", "succeeded", "failed"] as const;

/** What a waiting task waits for. */
export const waitReasons = ["needs", "time", "permit", "completion"] as const;
export type WaitReason = (typeof waitReasons)[number];

/** Why a task failed, when it was not its last trial that said so. */
export const failureCauses = [
  "failed",
  "error",
  "timeout",
  "lost",
  "expired",
  "no-more-losses",
  "no-more-retries",
  "invalid-input",
  "not-retryable",
  "cancelled",
  "fail-fast",
] as const;
export type FailureCause = (typeof failureCauses)[number];

/** What a worker does for a taskset beside running its tasks. */
export const phases = ["sync", "setup", "cleanUp"] as const;
export type Phase = (typeof phases)[number];
export const phaseStatuses = ["succeeded", "failed", "timeout", "cancelled"] as const;
export type PhaseStatus = (typeof phaseStatuses)[number];

const finalTasks: ReadonlySet<string> = new Set(finalTaskStatuses);
const finalTrials: ReadonlySet<string> = new Set(finalTrialStatuses);
const finalTasksets: ReadonlySet<string> = new Set(finalTasksetStatuses);

export function isFinalTask(status: TaskStatus): status is FinalTaskStatus {
  return finalTasks.has(status);
}
export function isFinalTrial(status: TrialStatus): status is FinalTrialStatus {
  return finalTrials.has(status);
}
export function isFinalTaskset(status: TasksetStatus): boolean {
  return finalTasksets.has(status);
}
