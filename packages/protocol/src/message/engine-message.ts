import { Type } from "../schema/typebox.js";
import { Manifest } from "../manifest/manifest.js";
import {
  BlobRef,
  Bytes,
  Closed,
  Count,
  DefinitionName,
  Milliseconds,
  RevisionIdText,
  SessionIdText,
  TaskIdText,
  TasksetIdText,
  TokenText,
  TrialIdText,
  WorkerIdText,
  Word,
} from "../schema/scalar.js";
import { runtimes } from "../status/status.js";

const Optional = Type.Optional;
const OfferNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const fates = ["adopted", "stop"] as const;

/** The answer to hello, after its commit. Trials not named in `fates` are adopted. */
export const Welcome = Closed({
  type: Type.Literal("welcome"),
  protocol: Count,
  worker: WorkerIdText,
  session: Closed({ id: SessionIdText, secret: Type.String({ maxLength: 100 }) }),
  isResumed: Type.Boolean(),
  heartbeatMs: Milliseconds,
  leaseMs: Milliseconds,
  engines: Type.Array(Type.String()),
  fates: Type.Array(Closed({ trial: TrialIdText, fate: Word(fates), reason: Optional(Type.String()) })),
});
/** The engine will not have this session; the connection closes after it. */
export const Refuse = Closed({ type: Type.Literal("refuse"), code: Type.String(), message: Type.String() });

/** A task proposed to the worker. A prefetched offer exceeds the worker's credits: it waits there for the next free slot. */
export const Offer = Closed({
  type: Type.Literal("offer"),
  offer: OfferNumber,
  task: TaskIdText,
  taskset: Optional(TasksetIdText),
  definition: DefinitionName,
  revision: RevisionIdText,
  runtime: Word(runtimes),
  estimateMs: Optional(Type.Number({ minimum: 0 })),
  isPrefetch: Optional(Type.Boolean()),
  isAlone: Optional(Type.Boolean()),
  needsWorkspace: Optional(Type.Boolean()),
});
export const Revoke = Closed({ type: Type.Literal("revoke"), offer: OfferNumber });
export const NoMoreTasks = Closed({ type: Type.Literal("noMoreTasks"), revision: RevisionIdText });
/** The taskset has ended: its workspace is cleaned up and goes. */
export const ReleaseWorkspace = Closed({ type: Type.Literal("releaseWorkspace"), taskset: TasksetIdText });
export const DeployInfo = Closed({ type: Type.Literal("deployInfo"), revision: RevisionIdText, manifest: Manifest });
export const NoDeployInfo = Closed({ type: Type.Literal("noDeployInfo") });

export const TrialLimits = Closed({
  softMs: Milliseconds,
  hardMs: Milliseconds,
  stopGraceMs: Milliseconds,
  outputBytesMax: Bytes,
  memoryBytes: Optional(Bytes),
});
export type TrialLimits = Type.Static<typeof TrialLimits>;

/** The engine's word that the trial may start. */
export const Grant = Closed({
  type: Type.Literal("grant"),
  offer: OfferNumber,
  trial: TrialIdText,
  token: TokenText,
  task: TaskIdText,
  taskset: Optional(TasksetIdText),
  key: Optional(Type.String()),
  definition: DefinitionName,
  revision: RevisionIdText,
  number: Count,
  round: Count,
  limits: TrialLimits,
  leaseMs: Milliseconds,
  isSafeToRerun: Type.Boolean(),
  input: Optional(Type.Unknown()),
  inputBlob: Optional(BlobRef),
});
export const haltReasons = ["paused", "cancelled", "claimed", "limit", "revoked", "unknown-offer"] as const;
export const Halt = Closed({ type: Type.Literal("halt"), offer: OfferNumber, reason: Word(haltReasons) });

export const stopReasons = ["cancel", "pause", "twin", "stale", "shutdown"] as const;
export type StopReason = (typeof stopReasons)[number];
export const Stop = Closed({
  type: Type.Literal("stop"),
  trial: TrialIdText,
  reason: Word(stopReasons),
  graceMs: Milliseconds,
});

export const Accepted = Closed({ type: Type.Literal("accepted"), trial: TrialIdText });
export const refusals = ["stale-lease", "already-final", "unknown-trial"] as const;
export const Refused = Closed({
  type: Type.Literal("refused"),
  trial: TrialIdText,
  reason: Word(refusals),
  message: Optional(Type.String()),
});
/** All logs of the trial up to this sequence are stored. */
export const Logged = Closed({ type: Type.Literal("logged"), trial: TrialIdText, sequence: Count });
/** Answers the worker's heartbeat of that sequence and renews all leases of the session. */
export const EngineHeartbeat = Closed({
  type: Type.Literal("heartbeat"),
  sequence: Count,
  /** Trials the worker named that the engine does not wait for: the worker stops them. */
  unknown: Optional(Type.Array(TrialIdText)),
});
export const Drain = Closed({ type: Type.Literal("drain"), reason: Type.String() });
export const Undrain = Closed({ type: Type.Literal("undrain") });

export const EngineMessage = Type.Union([
  Offer,
  Grant,
  Accepted,
  Halt,
  Logged,
  EngineHeartbeat,
  Stop,
  Refused,
  Revoke,
  NoMoreTasks,
  ReleaseWorkspace,
  DeployInfo,
  NoDeployInfo,
  Welcome,
  Refuse,
  Drain,
  Undrain,
]);
export type EngineMessage = Type.Static<typeof EngineMessage>;
export type EngineMessageType = EngineMessage["type"];
export type EngineMessageOf<T extends EngineMessageType> = Extract<EngineMessage, { type: T }>;
export type GrantMessage = EngineMessageOf<"grant">;
export type OfferMessage = EngineMessageOf<"offer">;
export type WelcomeMessage = EngineMessageOf<"welcome">;
export type HaltReason = (typeof haltReasons)[number];
export type RefusalReason = (typeof refusals)[number];
