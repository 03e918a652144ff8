import { Type } from "../schema/typebox.js";
import { limits } from "../limit.js";
import { Manifest } from "../manifest/manifest.js";
import { BlobRef, Closed, Digest, Milliseconds, Word } from "../schema/scalar.js";
import * as view from "../schema/view.js";
import { taskStatuses, tasksetStatuses } from "../status/status.js";

const Optional = Type.Optional;
const Cursor = Optional(Type.String({ maxLength: 200 }));
const Limit = Optional(Type.Integer({ minimum: 1, maximum: limits.pageItemsMax, default: limits.pageItems }));

export const TaskQuery = Closed({
  status: Optional(Word(taskStatuses)),
  taskset: Optional(Type.String()),
  definition: Optional(Type.String()),
  plugin: Optional(Type.String()),
  key: Optional(Type.String()),
  cursor: Cursor,
  limit: Limit,
});
export type TaskQuery = Type.Static<typeof TaskQuery>;
export const TasksetQuery = Closed({
  status: Optional(Word(tasksetStatuses)),
  name: Optional(Type.String()),
  isActive: Optional(Type.Boolean()),
  cursor: Cursor,
  limit: Limit,
});
export type TasksetQuery = Type.Static<typeof TasksetQuery>;
export const FlakyQuery = Closed({
  class: Optional(Type.String({ maxLength: limits.namesBytesMax })),
  key: Optional(Type.String({ maxLength: limits.keyBytesMax })),
  cursor: Optional(Type.String({ maxLength: 4_096 })),
  limit: Optional(Type.Integer({ minimum: 1, maximum: limits.pageItems, default: limits.pageItems })),
});
export type FlakyQuery = Type.Static<typeof FlakyQuery>;
export const MutedQuery = Closed({
  class: Optional(Type.String({ maxLength: limits.namesBytesMax })),
  key: Optional(Type.String({ maxLength: limits.keyBytesMax })),
  cursor: Optional(Type.String({ maxLength: 16_384 })),
  limit: Limit,
});
export type MutedQuery = Type.Static<typeof MutedQuery>;
export const EstimateQuery = Closed({
  class: Type.String({ minLength: 1, maxLength: limits.namesBytesMax }),
  cursor: Optional(Type.String({ maxLength: 4_096 })),
  limit: Limit,
});
export type EstimateQuery = Type.Static<typeof EstimateQuery>;
export const WaitQuery = Closed({
  waitMs: Optional(Type.Integer({ minimum: 0, maximum: limits.waitMsMax, default: 0 })),
});
export const LogQuery = Closed({
  offset: Optional(Type.Integer({ minimum: 0, default: 0 })),
  limit: Optional(Type.Integer({ minimum: 1, maximum: 16 * 1024 * 1024 })),
  follow: Optional(Type.Boolean({ default: false })),
});
export const EventQuery = Closed({
  after: Optional(Type.String({ maxLength: 100 })),
  taskset: Optional(Type.String()),
  task: Optional(Type.String()),
  types: Optional(Type.String({ description: "Comma-separated prefixes, for example task.,worker.lost" })),
});
export const ReportQuery = Closed({ format: Optional(Word(["json", "junit"] as const)) });
export const QuarantineRequest = Closed({
  scope: Word(["taskset", "plugin"] as const),
  name: Type.String({ maxLength: 200 }),
  reason: Optional(Type.String({ maxLength: 1_000 })),
  forMs: Optional(Milliseconds),
});
export type QuarantineRequest = Type.Static<typeof QuarantineRequest>;
export const LiftRequest = Closed({
  scope: Word(["taskset", "plugin"] as const),
  name: Type.String({ maxLength: 200 }),
});
export type LiftRequest = Type.Static<typeof LiftRequest>;
export const DeployRequest = Closed({
  manifest: Manifest,
  isDefault: Optional(Type.Boolean({ description: "Switch the plugin's default to it; default true" })),
});
export type DeployRequest = Type.Static<typeof DeployRequest>;
export const SwitchRequest = Closed({
  revision: Type.String({ maxLength: 100, description: "revision id or version" }),
});
export const PruneRequest = Closed({
  keep: Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: limits.revisionsKept,
      description: "Newest revisions that stay, beside the default and those with unfinished tasks",
    }),
  ),
  isDryRun: Optional(Type.Boolean({ default: false, description: "Only say what would go" })),
});
export type PruneRequest = Type.Static<typeof PruneRequest>;
export const MissingBlobs = Closed({ digests: Type.Array(Digest, { maxItems: limits.bundleFilesMax }) });
/** The blobs that a pack shall hold, of `packBytesMax` in all unless it is one. */
export const PackRequest = Closed({ blobs: Type.Array(BlobRef, { minItems: 1, maxItems: limits.packBlobsMax }) });

/** What a task's waiter is told: the task when it is final, else only its status now. */
export const TaskResult = Closed({ isFinal: Type.Boolean(), task: view.TaskView });
export type TaskResult = Type.Static<typeof TaskResult>;
export const TasksetResult = Closed({ isFinal: Type.Boolean(), taskset: view.TasksetView });
export type TasksetResult = Type.Static<typeof TasksetResult>;
