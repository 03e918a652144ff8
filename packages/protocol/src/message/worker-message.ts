import { Type } from "../schema/typebox.js";
import { limits } from "../limit.js";
import { Fault, ResourceUse, Statistics, TrialCounts } from "../schema/view.js";
import {
  BlobRef,
  Closed,
  Count,
  Labels,
  Name,
  RevisionIdText,
  SessionIdText,
  TaskIdText,
  TasksetIdText,
  TokenText,
  TrialIdText,
  Word,
} from "../schema/scalar.js";
import { phases, phaseStatuses, runtimes } from "../status/status.js";

const Optional = Type.Optional;
const OfferNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Revisions = Type.Array(RevisionIdText, { maxItems: limits.revisionsHeldMax });

/** A trial that still runs on the worker, or whose report waits for an answer. */
export const HeldTrial = Closed({
  trial: TrialIdText,
  task: TaskIdText,
  token: TokenText,
  revision: RevisionIdText,
  state: Word(["running", "ended"] as const),
});

/** Joins, or resumes a session: all that the engine must know of the worker. The first message of every connection. */
export const Hello = Closed({
  type: Type.Literal("hello"),
  protocol: Type.Integer({ minimum: 0, maximum: 1_000 }),
  name: Name,
  labels: Labels,
  slots: Type.Integer({ minimum: 1, maximum: limits.slotsMax }),
  runtimes: Type.Array(Word(runtimes), { maxItems: 10 }),
  revisions: Revisions,
  session: Optional(Closed({ id: SessionIdText, secret: Type.String({ maxLength: 100 }) })),
  trials: Type.Array(HeldTrial, { maxItems: 100_000 }),
  workspaces: Optional(
    Type.Array(TasksetIdText, {
      maxItems: limits.workspacesHeldMax,
      description: "Tasksets whose workspaces are here, on their way, or leaving",
    }),
  ),
});

/** A standing demand: so many offers more may be made. `any`: revisions not held are fetched. */
export const Acquire = Closed({
  type: Type.Literal("acquire"),
  revisions: Type.Union([Type.Literal("any"), Revisions]),
  credits: Type.Integer({ minimum: 0, maximum: limits.slotsMax }),
});
export const Preparing = Closed({ type: Type.Literal("preparing"), revision: RevisionIdText });
/** The revision is loaded, or can be at once. */
export const Prepared = Closed({ type: Type.Literal("prepared"), revision: RevisionIdText });
/** The revision was dropped from the worker's cache. */
export const Dropped = Closed({ type: Type.Literal("dropped"), revision: RevisionIdText });
/** The workspace of the taskset is here, and set up. */
export const WorkspaceReady = Closed({ type: Type.Literal("workspaceReady"), taskset: TasksetIdText });
/** A phase of a taskset has ended here; one that failed before its tasks keeps the taskset from this worker. */
export const PhaseEnded = Closed({
  type: Type.Literal("phaseEnded"),
  taskset: TasksetIdText,
  phase: Word(phases),
  status: Word(phaseStatuses),
  durationMs: Type.Number({ minimum: 0 }),
  message: Optional(Type.String({ maxLength: 4_096 })),
  log: Optional(
    Type.String({ maxLength: limits.phaseLogBytesMax, description: "The end of what it wrote, both streams together" }),
  ),
});
export const GetDeployInfo = Closed({ type: Type.Literal("getDeployInfo") });
export const Accept = Closed({
  type: Type.Literal("accept"),
  offer: OfferNumber,
  executor: Optional(Type.String({ maxLength: 100 })),
});

export const declineReasons = [
  "no-slot",
  "no-memory",
  "no-executor",
  "load-failed",
  "fetch-failed",
  "no-workspace",
  "setup-failed",
  "draining",
  "unsupported",
] as const;
export const Decline = Closed({
  type: Type.Literal("decline"),
  offer: OfferNumber,
  reason: Word(declineReasons),
  message: Optional(Type.String({ maxLength: 4_096 })),
});

export const LogMessage = Closed({
  type: Type.Literal("log"),
  trial: TrialIdText,
  stream: Word(["stdout", "stderr"] as const),
  sequence: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "Counts up over both streams of a trial",
  }),
  text: Type.String({ maxLength: 2 * limits.logTextBytesMax }),
});
export const Progress = Closed({
  type: Type.Literal("progress"),
  trial: TrialIdText,
  fraction: Optional(Type.Number({ minimum: 0, maximum: 1 })),
  note: Optional(Type.String({ maxLength: 1_000 })),
});

export const Timings = Closed({
  durationMs: Type.Number({ minimum: 0 }),
  loadMs: Optional(Type.Number({ minimum: 0 })),
  endedAgoMs: Optional(Type.Number({ minimum: 0, description: "How long ago it ended, when it is reported late" })),
});
const reportFields = {
  trial: TrialIdText,
  token: TokenText,
  timings: Timings,
  usage: Optional(ResourceUse),
  /** Whether the task's code began: a loss before that costs nothing. */
  hasBegun: Type.Boolean(),
  /** Whether it was the only trial in its executor: other deaths make it a suspect only. */
  wasAlone: Optional(Type.Boolean()),
};

/** The end of a trial that ended by itself or at a deadline. */
export const Result = Closed({
  type: Type.Literal("result"),
  ...reportFields,
  status: Word(["succeeded", "skipped", "failed", "error", "timeout"] as const),
  output: Optional(Type.Unknown()),
  outputBlob: Optional(BlobRef),
  error: Optional(Fault),
  counts: Optional(TrialCounts),
});
/** The end of a trial that the engine had asked to stop, or that was never begun. */
export const Stopped = Closed({
  type: Type.Literal("stopped"),
  ...reportFields,
  reason: Optional(Type.String({ maxLength: 200 })),
});

export const WorkerHeartbeat = Closed({
  type: Type.Literal("heartbeat"),
  sequence: Count,
  statistics: Optional(Statistics),
  trials: Optional(
    Type.Array(TrialIdText, {
      maxItems: 100_000,
      description: "What runs or waits to be answered; left out when nothing changed",
    }),
  ),
});
/** The worker leaves for good when its trials have ended. */
export const Leave = Closed({ type: Type.Literal("leave"), reason: Optional(Type.String({ maxLength: 200 })) });
/** Said by the spawner over a connection of its own: the worker's process is gone and these trials were ended. */
export const WorkerDied = Closed({
  type: Type.Literal("workerDied"),
  session: SessionIdText,
  secret: Type.String({ maxLength: 100 }),
  trials: Type.Array(TrialIdText, { maxItems: 100_000 }),
});

export const WorkerMessage = Type.Union([
  Result,
  Accept,
  LogMessage,
  Acquire,
  WorkerHeartbeat,
  Progress,
  Decline,
  Stopped,
  Preparing,
  Prepared,
  Dropped,
  WorkspaceReady,
  PhaseEnded,
  GetDeployInfo,
  Hello,
  Leave,
  WorkerDied,
]);
export type WorkerMessage = Type.Static<typeof WorkerMessage>;
export type WorkerMessageType = WorkerMessage["type"];
export type WorkerMessageOf<T extends WorkerMessageType> = Extract<WorkerMessage, { type: T }>;
export type HelloMessage = WorkerMessageOf<"hello">;
export type ResultMessage = WorkerMessageOf<"result">;
export type StoppedMessage = WorkerMessageOf<"stopped">;
export type DeclineReason = (typeof declineReasons)[number];
