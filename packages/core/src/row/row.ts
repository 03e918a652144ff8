import type {
  FailureCause,
  FinalTaskStatus,
  FinalTrialStatus,
  LeaseToken,
  Manifest,
  OfferOutcome,
  Policy,
  Profile,
  Quarantine,
  Runtime,
  TaskCounts,
  TasksetPolicy,
  TasksetStatus,
  TaskStatus,
  TrialStatus,
  WaitReason,
  WorkerStatus,
  Phase,
  PhaseStatus,
  Workspace,
} from "@capstan/protocol";

/*
 * The rows that make the state of an engine durable. Core describes them, a store keeps them; a value of null is an
 * empty column. Every row belongs to a namespace; rows of tasks and tasksets carry their partition in their ids.
 */

/** A trial that is alive, as far as the store knows: part of its task's hot row. */
export interface LiveTrialRow {
  readonly n: number;
  readonly token: LeaseToken;
  readonly worker: string;
  readonly workerName: string;
  readonly grantedAtMs: number;
  readonly isTwin: boolean;
  readonly status: Extract<TrialStatus, "granted" | "running" | "stopping">;
  /** It was taken back when it had ended already, and its report is awaited: it holds no permit. */
  readonly hasEnded?: true;
}

/** What identifies a task and says how to run it; never changes while it lives. */
export interface TaskFacts {
  readonly namespace: string;
  readonly id: string;
  readonly taskset: string | null;
  /** Task key: its name within its taskset and class. */
  readonly key: string | null;
  readonly definition: string;
  readonly revision: string;
  readonly profile: Profile;
  /** Only what the launch of this task overrides; null for none. */
  readonly policy: Policy | null;
  readonly priority: number;
  /** The input as JSON text; null when there is none, when it is a blob, or when it is left out to save memory. */
  readonly inputJson: string | null;
  /** JSON of a BlobRef. */
  readonly inputBlob: string | null;
  readonly idempotencyKey: string | null;
  readonly launchedAtMs: number;
}

/** An unfinished task: a row of the hot table. */
export interface TaskRow extends TaskFacts {
  readonly status: Exclude<TaskStatus, FinalTaskStatus | "offered">;
  readonly waitsFor: WaitReason | null;
  /** Estimate in ms, frozen when it was queued; null for unknown. */
  readonly estimateMs: number | null;
  readonly notBeforeMs: number | null;
  readonly expiresAtMs: number | null;
  readonly queuedAtMs: number | null;
  readonly round: number;
  /** Trials of all rounds; the next one is number trialsTotal + 1. */
  readonly trialsTotal: number;
  /** Trials of this round that count against maxTrials, and losses against maxLosses. */
  readonly trialsCounted: number;
  readonly trialsLost: number;
  /** Trials of earlier rounds. */
  readonly roundStart: number;
  /** Deaths in the company of other trials, which are forgiven up to maxLosses. */
  readonly suspicions: number;
  /** Raised when limits by estimate were doubled after a timeout: softMs · 2^n. */
  readonly doublings: number;
  readonly isFront: boolean;
  readonly lastWorker: string | null;
  readonly trials: readonly LiveTrialRow[];
}

/** The end of a trial, as stored: a row of its own, or the last-trial columns of a finished task. */
export interface TrialEndRow {
  readonly n: number;
  readonly round: number;
  readonly status: FinalTrialStatus;
  readonly cause: string | null;
  readonly isTwin: boolean;
  readonly isCounted: boolean;
  readonly worker: string | null;
  readonly workerName: string | null;
  readonly token: LeaseToken;
  readonly grantedAtMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly outputJson: string | null;
  /** JSON of a BlobRef. */
  readonly outputBlob: string | null;
  /** JSON of a Fault. */
  readonly errorJson: string | null;
  readonly countsJson: string | null;
  readonly usageJson: string | null;
}

/** An earlier trial of a task: every trial but the last of a finished task has such a row. */
export interface TrialRow extends TrialEndRow {
  readonly namespace: string;
  readonly task: string;
  readonly revision: string;
}

/** An offer that came to nothing. It is no trial, and keeps a record of its own. */
export interface OfferRow {
  readonly namespace: string;
  readonly task: string;
  /** Counts up within an engine's life. */
  readonly number: number;
  readonly worker: string;
  readonly workerName: string;
  readonly outcome: OfferOutcome;
  /** Why: the worker's words, or the engine's. */
  readonly reason: string;
  readonly atMs: number;
}

/** An unfinished task that only waits for a worker and has no past: what its place in the queue depends on. */
export type PlainTaskRow = Pick<
  TaskRow,
  "namespace" | "id" | "taskset" | "definition" | "revision" | "profile" | "policy" | "estimateMs"
>;

/** An unfinished task read back from the store: its input too, unless it is long. */
export interface RecalledRow extends TaskRow {
  readonly isInputLeftOut: boolean;
}

export function isPlain(row: TaskRow | PlainTaskRow): row is PlainTaskRow {
  return !("status" in row);
}

/** The row of a task that has no past, shortened; undefined for any other. */
export function plainRowOf(row: TaskRow): PlainTaskRow | undefined {
  const isNew = row.round === 1 && row.trialsTotal === 0 && row.suspicions === 0 && row.doublings === 0;
  const isTimed = row.notBeforeMs !== null || row.expiresAtMs !== null;
  if (row.status !== "queued" || !isNew || isTimed || row.isFront || row.trials.length > 0) return undefined;
  const { namespace, id, taskset, definition, revision, profile, policy, estimateMs } = row;
  return { namespace, id, taskset, definition, revision, profile, policy, estimateMs };
}

/** A finished task: it leaves the hot table for history, with its last trial. */
export interface FinishedTaskRow extends TaskFacts {
  readonly status: FinalTaskStatus;
  readonly cause: FailureCause | null;
  /** A sentence on why it ended so, where the last trial does not say it. */
  readonly reason: string | null;
  readonly isFlaky: boolean;
  readonly round: number;
  readonly trialsTotal: number;
  readonly trialsCounted: number;
  readonly trialsLost: number;
  readonly endedAtMs: number;
  readonly lastTrial: TrialEndRow | null;
}

export interface TasksetRow {
  readonly namespace: string;
  readonly id: string;
  readonly name: string | null;
  readonly class: string | null;
  readonly profile: Profile;
  readonly status: TasksetStatus;
  readonly cause: string | null;
  readonly definition: string | null;
  readonly revision: string | null;
  readonly policy: Policy | null;
  readonly limits: TasksetPolicy | null;
  readonly workspace: Workspace | null;
  readonly muted: readonly string[] | null;
  readonly round: number;
  readonly counts: TaskCounts;
  /** The ids of its tasks lie between these two, both included; null while it has none. */
  readonly firstTask: string | null;
  readonly lastTask: string | null;
  readonly launchedAtMs: number;
  readonly endedAtMs: number | null;
}

/** How a phase of a taskset ended on a worker: the last time only. */
export interface PhaseRow {
  readonly namespace: string;
  readonly taskset: string;
  readonly worker: string;
  readonly workerName: string;
  readonly phase: Phase;
  readonly status: PhaseStatus;
  readonly durationMs: number;
  readonly message: string | null;
  readonly log: string | null;
  readonly endedAtMs: number;
}

export interface IdempotencyRow {
  readonly namespace: string;
  /** The definition, or `taskset` for the key of a taskset. */
  readonly scope: string;
  readonly key: string;
  /** The task or taskset that holds the key. */
  readonly holder: string;
  /** Digest of what was launched: the same key with another digest is a conflict. */
  readonly digest: string;
  readonly expiresAtMs: number;
}

/** Exponentially weighted mean and deviation of the durations of successful trials, in ms. */
export interface EstimateRow {
  readonly namespace: string;
  readonly class: string;
  readonly key: string;
  readonly meanMs: number;
  readonly deviationMs: number;
  readonly samples: number;
  readonly updatedAtMs: number;
}

/** A verdict of a task with a class and a key that needed more than one counted trial to succeed. */
export interface FlakyRow {
  readonly namespace: string;
  readonly class: string;
  readonly key: string;
  readonly taskset: string;
  readonly task: string;
  readonly round: number;
  /** Successful trials that were known of the key then, this one included. */
  readonly passes: number;
  readonly atMs: number;
}

export interface LogRow {
  readonly namespace: string;
  readonly trial: string;
  readonly stream: "stdout" | "stderr";
  readonly sequence: number;
  readonly text: string;
  readonly atMs: number;
}

export interface WorkerRow {
  readonly namespace: string;
  readonly id: string;
  readonly name: string;
  readonly status: WorkerStatus;
  readonly labels: readonly string[];
  readonly slots: number;
  readonly runtimes: readonly Runtime[];
  readonly session: string;
  readonly secretHash: string;
  readonly isDraining: boolean;
  readonly quarantines: readonly Quarantine[];
  readonly joinedAtMs: number;
  readonly lastSeenAtMs: number;
}

export interface RevisionRow {
  readonly namespace: string;
  readonly id: string;
  readonly plugin: string;
  readonly version: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly deployedAtMs: number;
}

export interface PluginRow {
  readonly namespace: string;
  readonly name: string;
  readonly defaultRevision: string | null;
}
