import { Type } from "./typebox.js";
import { Definition, Manifest } from "../manifest/manifest.js";
import {
  failureCauses,
  profiles,
  offerOutcomes,
  phases,
  phaseStatuses,
  taskStatuses,
  tasksetStatuses,
  trialStatuses,
  waitReasons,
  workerStatuses,
  runtimes,
} from "../status/status.js";
import { Counted, Policy, TasksetPolicy } from "./policy.js";
import { Workspace } from "../workspace/workspace.js";
import { BlobRef, Bytes, Closed, Count, Instant, Key, Labels, Word } from "./scalar.js";

const Optional = Type.Optional;

/** What went wrong in a trial or task, as its code or its executor said it. */
export const Fault = Closed({
  message: Type.String({ maxLength: 16_384 }),
  name: Optional(Type.String({ maxLength: 200 })),
  code: Optional(Type.String({ maxLength: 100, description: "For programs: one of Capstan's, or of what was thrown" })),
  stack: Optional(Type.String({ maxLength: 65_536 })),
  isRetryable: Optional(Type.Boolean()),
  exitCode: Optional(Type.Integer()),
  signal: Optional(Type.String({ maxLength: 20 })),
});
export type Fault = Type.Static<typeof Fault>;

/** Why a task does not run now: a code for programs, a sentence for people. */
export const Reason = Closed({ code: Type.String(), message: Type.String() });
export type Reason = Type.Static<typeof Reason>;

export const ResourceUse = Closed({ cpuMs: Optional(Type.Number({ minimum: 0 })), memoryBytesPeak: Optional(Bytes) });
export type ResourceUse = Type.Static<typeof ResourceUse>;
export const TrialCounts = Type.Record(Type.String({ maxLength: 50 }), Type.Number(), { maxProperties: 20 });
export type TrialCounts = Type.Static<typeof TrialCounts>;

export const TrialView = Closed({
  id: Type.String(),
  task: Type.String(),
  number: Count,
  round: Count,
  status: Word(trialStatuses),
  cause: Optional(Type.String()),
  isTwin: Type.Boolean(),
  isCounted: Type.Boolean(),
  worker: Optional(Type.String()),
  workerName: Optional(Type.String()),
  revision: Type.String(),
  grantedAtMs: Instant,
  endedAtMs: Optional(Instant),
  durationMs: Optional(Type.Number()),
  output: Optional(Type.Unknown()),
  outputBlob: Optional(BlobRef),
  error: Optional(Fault),
  counts: Optional(TrialCounts),
  usage: Optional(ResourceUse),
});
export type TrialView = Type.Static<typeof TrialView>;

/** An offer of a task that came to nothing: it was no trial. */
export const OfferView = Closed({
  worker: Type.String(),
  workerName: Type.String(),
  outcome: Word(offerOutcomes),
  reason: Type.String(),
  atMs: Instant,
});
export type OfferView = Type.Static<typeof OfferView>;

/** How a phase of a taskset ended on a worker, the last time it was run there. */
export const PhaseView = Closed({
  worker: Type.String(),
  workerName: Type.String(),
  phase: Word(phases),
  status: Word(phaseStatuses),
  durationMs: Type.Number({ minimum: 0 }),
  message: Optional(Type.String()),
  log: Optional(Type.String({ description: "The end of what it wrote" })),
  endedAtMs: Instant,
});
export type PhaseView = Type.Static<typeof PhaseView>;

export const TaskView = Closed({
  id: Type.String(),
  namespace: Type.String(),
  taskset: Optional(Type.String()),
  key: Optional(Type.String()),
  definition: Type.String(),
  revision: Type.String(),
  status: Word(taskStatuses),
  waitsFor: Optional(Word(waitReasons)),
  reason: Optional(Reason),
  cause: Optional(Word(failureCauses)),
  isFlaky: Type.Boolean(),
  priority: Count,
  round: Count,
  trials: Counted,
  launchedAtMs: Instant,
  notBeforeMs: Optional(Instant),
  expiresAtMs: Optional(Instant),
  endedAtMs: Optional(Instant),
  estimateMs: Optional(Type.Number()),
  etaMs: Optional(Type.Number({ description: "Estimated time to its end; left out while nothing can be said" })),
  progress: Optional(Type.Number()),
  progressNote: Optional(Type.String()),
  input: Optional(Type.Unknown()),
  inputBlob: Optional(BlobRef),
  output: Optional(Type.Unknown()),
  outputBlob: Optional(BlobRef),
  error: Optional(Fault),
  policy: Optional(Policy),
  lastTrial: Optional(TrialView),
});
export type TaskView = Type.Static<typeof TaskView>;

export const TaskCounts = Closed({
  total: Count,
  waiting: Count,
  queued: Count,
  running: Count,
  succeeded: Count,
  skipped: Count,
  failed: Count,
  abandoned: Count,
  cancelled: Count,
  flaky: Count,
  retries: Count,
  muted: Count,
  examples: Optional(
    Closed(
      { passed: Count, failed: Count, skipped: Count },
      "Of test files: the examples of those that have their verdict",
    ),
  ),
});
export type TaskCounts = Type.Static<typeof TaskCounts>;

export const TasksetView = Closed({
  id: Type.String(),
  namespace: Type.String(),
  name: Optional(Type.String()),
  class: Optional(Type.String()),
  profile: Word(profiles),
  status: Word(tasksetStatuses),
  cause: Optional(Type.String()),
  round: Count,
  counts: TaskCounts,
  launchedAtMs: Instant,
  endedAtMs: Optional(Instant),
  etaMs: Optional(Type.Number({ description: "Estimated time to its end, while it runs" })),
  limits: Optional(TasksetPolicy),
  workspace: Optional(Workspace),
  muted: Optional(Type.Array(Key)),
});
export type TasksetView = Type.Static<typeof TasksetView>;

/** A taskset with all its tasks and their trials' ends: the report. */
export const Report = Closed({ taskset: TasksetView, tasks: Type.Array(TaskView) });
export type Report = Type.Static<typeof Report>;

export const Statistics = Closed({
  cpuShare: Optional(Type.Number({ minimum: 0, description: "Of all cores, 0–1" })),
  loadAverage: Optional(Type.Number({ minimum: 0 })),
  memoryBytesTotal: Optional(Bytes),
  memoryBytesFree: Optional(Bytes),
  diskBytesFree: Optional(Bytes),
  workerBytes: Optional(Bytes),
  slotsBusy: Optional(Count),
  executors: Optional(Count),
  uptimeMs: Optional(Type.Number({ minimum: 0 })),
});
export type Statistics = Type.Static<typeof Statistics>;

export const Quarantine = Closed({
  scope: Word(["taskset", "plugin"] as const),
  name: Type.String(),
  reason: Type.String(),
  untilMs: Optional(Instant),
});
export type Quarantine = Type.Static<typeof Quarantine>;

export const WorkerView = Closed({
  id: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  status: Word(workerStatuses),
  labels: Labels,
  slots: Count,
  slotsBusy: Count,
  runtimes: Type.Array(Word(runtimes)),
  revisions: Type.Array(Type.String()),
  trials: Type.Array(Type.String()),
  statistics: Optional(Statistics),
  quarantines: Type.Array(Quarantine),
  joinedAtMs: Instant,
  lastSeenAtMs: Optional(Instant),
  lastDecline: Optional(Type.String()),
});
export type WorkerView = Type.Static<typeof WorkerView>;

export const RevisionView = Closed({
  id: Type.String(),
  namespace: Type.String(),
  plugin: Type.String(),
  version: Type.String(),
  digest: Type.String(),
  runtime: Word(runtimes),
  isDefault: Type.Boolean(),
  deployedAtMs: Instant,
  tasksUnfinished: Count,
  manifest: Optional(Manifest),
});
export type RevisionView = Type.Static<typeof RevisionView>;

/** Why pruning keeps a revision. */
export const keptReasons = ["default", "unfinished", "newest"] as const;
export type KeptReason = (typeof keptReasons)[number];

/** What pruning a plugin's revisions does, or would do. */
export const PruneResult = Closed({
  plugin: Type.String(),
  isDryRun: Type.Boolean({ description: "Nothing was pruned: this is what would be" }),
  pruned: Type.Array(RevisionView),
  kept: Type.Array(Closed({ revision: RevisionView, because: Word(keptReasons) })),
});
export type PruneResult = Type.Static<typeof PruneResult>;

export const PluginView = Closed({
  name: Type.String(),
  namespace: Type.String(),
  description: Optional(Type.String()),
  defaultRevision: Optional(Type.String()),
  revisions: Type.Array(RevisionView),
  definitions: Type.Array(Definition),
});
export type PluginView = Type.Static<typeof PluginView>;

/** One change of state. Events of one commit share a cursor's number; the cursor resumes a stream after the event. */
export const EventView = Closed({
  cursor: Type.String(),
  atMs: Instant,
  type: Type.String({ description: "<thing>.<status>, for example task.succeeded, trial.granted, worker.lost" }),
  taskset: Optional(Type.String()),
  task: Optional(Type.String()),
  trial: Optional(Type.String()),
  worker: Optional(Type.String()),
  plugin: Optional(Type.String()),
  revision: Optional(Type.String()),
  data: Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type EventView = Type.Static<typeof EventView>;

/** Part of a trial's stdout or stderr. */
export const LogPart = Closed({ offset: Bytes, text: Type.String(), nextOffset: Bytes, isEnd: Type.Boolean() });
export type LogPart = Type.Static<typeof LogPart>;

export const EngineStatus = Closed({
  version: Type.String(),
  store: Type.String(),
  startedAtMs: Instant,
  tasks: Closed({ waiting: Count, queued: Count, running: Count }),
  workers: Count,
  slots: Count,
  slotsBusy: Count,
  backlogMs: Optional(Type.Number({ description: "Seconds of work waiting, by estimates, in ms" })),
  isDraining: Type.Boolean(),
});
export type EngineStatus = Type.Static<typeof EngineStatus>;
