import type {
  EstimateRow,
  FinishedTaskRow,
  FlakyRow,
  IdempotencyRow,
  OfferRow,
  PhaseRow,
  PluginRow,
  RevisionRow,
  TaskRow,
  TasksetRow,
  TrialEndRow,
  TrialRow,
  WorkerRow,
} from "@capstan/core";
import type { TaskCounts } from "@capstan/protocol";
import { makeId } from "@capstan/protocol/plain";
import type { MutedRow } from "../store.js";

/** Rows for tests: whole and plausible, with what a test cares about given as overrides. */
export const launchedAtMs = 1_700_000_000_000;

export interface Spot {
  readonly timeMs?: number;
  readonly partition?: number;
}

export function taskId(sequence: number, { timeMs = launchedAtMs, partition = 7 }: Spot = {}): string {
  return makeId("task", { timeMs, partition, epoch: 1, sequence });
}

export function tasksetId(sequence: number, { timeMs = launchedAtMs, partition = 7 }: Spot = {}): string {
  return makeId("taskset", { timeMs, partition, epoch: 1, sequence });
}

export function makeTask(overrides: Partial<TaskRow> & { readonly id: string }): TaskRow {
  return {
    namespace: "default",
    taskset: null,
    key: null,
    definition: "images/resize",
    revision: "rev_0123456789abcdefghjkmnpqrs",
    profile: "job",
    policy: null,
    priority: 5,
    inputJson: '{"width":200}',
    inputBlob: null,
    idempotencyKey: null,
    launchedAtMs,
    status: "queued",
    waitsFor: null,
    estimateMs: null,
    notBeforeMs: null,
    expiresAtMs: null,
    queuedAtMs: launchedAtMs,
    round: 1,
    trialsTotal: 0,
    trialsCounted: 0,
    trialsLost: 0,
    roundStart: 0,
    suspicions: 0,
    doublings: 0,
    isFront: false,
    lastWorker: null,
    trials: [],
    ...overrides,
  };
}

export function makeTrialEnd(overrides: Partial<TrialEndRow> = {}): TrialEndRow {
  return {
    n: 1,
    round: 1,
    status: "succeeded",
    cause: null,
    isTwin: false,
    isCounted: false,
    worker: "wrk_0123456789abcdefghjkmn",
    workerName: "alpha",
    token: { partition: 7, epoch: 1, sequence: 1 },
    grantedAtMs: launchedAtMs + 10,
    endedAtMs: launchedAtMs + 20,
    durationMs: 9.5,
    outputJson: '{"ok":true}',
    outputBlob: null,
    errorJson: null,
    countsJson: null,
    usageJson: null,
    ...overrides,
  };
}

/** The task as it is when it has finished: its facts stay. */
export function finishTask(task: TaskRow, overrides: Partial<FinishedTaskRow> = {}): FinishedTaskRow {
  const { namespace, id, taskset, key, definition, revision, profile, policy, priority } = task;
  return {
    namespace,
    id,
    taskset,
    key,
    definition,
    revision,
    profile,
    policy,
    priority,
    inputJson: task.inputJson,
    inputBlob: task.inputBlob,
    idempotencyKey: task.idempotencyKey,
    launchedAtMs: task.launchedAtMs,
    status: "succeeded",
    cause: null,
    reason: null,
    isFlaky: false,
    round: task.round,
    trialsTotal: 1,
    trialsCounted: 0,
    trialsLost: 0,
    endedAtMs: launchedAtMs + 20,
    lastTrial: makeTrialEnd({ round: task.round }),
    ...overrides,
  };
}

export function makeTrial(task: string, overrides: Partial<TrialRow> = {}): TrialRow {
  return { namespace: "default", task, revision: "rev_0123456789abcdefghjkmnpqrs", ...makeTrialEnd(), ...overrides };
}

export const noCounts: TaskCounts = {
  total: 0,
  waiting: 0,
  queued: 0,
  running: 0,
  succeeded: 0,
  skipped: 0,
  failed: 0,
  abandoned: 0,
  cancelled: 0,
  flaky: 0,
  retries: 0,
  muted: 0,
};

export function makeTaskset(overrides: Partial<TasksetRow> & { readonly id: string }): TasksetRow {
  return {
    namespace: "default",
    name: null,
    class: null,
    profile: "test",
    status: "running",
    cause: null,
    definition: "images/resize",
    revision: null,
    policy: null,
    limits: null,
    muted: null,
    round: 1,
    counts: noCounts,
    firstTask: null,
    lastTask: null,
    launchedAtMs,
    endedAtMs: null,
    workspace: null,
    ...overrides,
  };
}

export function makeEstimate(overrides: Partial<EstimateRow> = {}): EstimateRow {
  return {
    namespace: "default",
    class: "suite",
    key: "a.test",
    meanMs: 1_200,
    deviationMs: 80,
    samples: 3,
    updatedAtMs: launchedAtMs,
    ...overrides,
  };
}

export function makeFlaky(overrides: Partial<FlakyRow> = {}): FlakyRow {
  return {
    namespace: "default",
    class: "suite",
    key: "a.test",
    taskset: tasksetId(1),
    task: taskId(1),
    round: 1,
    passes: 1,
    atMs: launchedAtMs,
    ...overrides,
  };
}

export function makeIdempotency(overrides: Partial<IdempotencyRow> = {}): IdempotencyRow {
  return {
    namespace: "default",
    scope: "images/resize",
    key: "once",
    holder: taskId(1),
    digest: "d1",
    expiresAtMs: launchedAtMs + 86_400_000,
    ...overrides,
  };
}

export function makeMuted(overrides: Partial<MutedRow> = {}): MutedRow {
  return {
    namespace: "default",
    class: "suite",
    key: "a.test",
    example: null,
    reason: "fails since the move",
    by: "ann",
    atMs: launchedAtMs,
    expiresAtMs: null,
    ...overrides,
  };
}

export const plugin: PluginRow = {
  namespace: "default",
  name: "images",
  defaultRevision: "rev_0123456789abcdefghjkmnpqrs",
};

export const revision: RevisionRow = {
  namespace: "default",
  id: "rev_0123456789abcdefghjkmnpqrs",
  plugin: "images",
  version: "1.2.3",
  digest: `sha256:${"ab".repeat(32)}`,
  manifest: { name: "images", version: "1.2.3" } as unknown as RevisionRow["manifest"],
  deployedAtMs: launchedAtMs,
};

export const worker: WorkerRow = {
  namespace: "default",
  id: "wrk_0123456789abcdefghjkmn",
  name: "alpha",
  status: "ready",
  labels: ["linux", "gpu=no"],
  slots: 4,
  runtimes: ["node", "command"],
  session: "ses_0123456789abcdefghjkmn",
  secretHash: "c0ffee",
  isDraining: false,
  quarantines: [{ scope: "plugin", name: "images", reason: "three crashes", untilMs: launchedAtMs }],
  joinedAtMs: launchedAtMs,
  lastSeenAtMs: launchedAtMs + 5,
};

export function makePhaseRow(taskset: string, overrides: Partial<PhaseRow> = {}): PhaseRow {
  return {
    namespace: "default",
    taskset,
    worker: "wrk_0123456789abcdefghjkmn",
    workerName: "one",
    phase: "setup",
    status: "failed",
    durationMs: 12.5,
    message: "it exited with code 1",
    log: "no compiler \u0000\n",
    endedAtMs: launchedAtMs + 5,
    ...overrides,
  };
}

export function makeOfferRow(task: string, number: number): OfferRow {
  return {
    namespace: "default",
    task,
    number,
    worker: "wrk_0123456789abcdefghjkmn",
    workerName: "one",
    outcome: "declined",
    reason: `no-memory: \u0000 ${number}`,
    atMs: launchedAtMs + Math.floor(number / 2),
  };
}
