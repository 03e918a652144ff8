import { Type } from "./typebox.js";
import { limits } from "../limit.js";
import { profiles } from "../status/status.js";
import { Policy, TasksetPolicy } from "./policy.js";
import { Workspace } from "../workspace/workspace.js";
import { Closed, DefinitionName, Instant, Key, Milliseconds, Name, Word } from "./scalar.js";

const taskFields = {
  input: Type.Optional(Type.Unknown({ description: "Checked against the definition's schema; 4 MiB at most" })),
  revision: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: "A revision id or version; default: the plugin's default revision at launch",
    }),
  ),
  key: Type.Optional(Key),
  delayMs: Type.Optional(Milliseconds),
  runAtMs: Type.Optional(Instant),
  estimateMs: Type.Optional(Milliseconds),
  profile: Type.Optional(Word(profiles)),
  policy: Type.Optional(Policy),
};

/** A lone task to launch. */
export const TaskLaunch = Closed({
  definition: DefinitionName,
  ...taskFields,
  idempotencyKey: Type.Optional(Key),
  idempotencyMs: Type.Optional(Milliseconds),
});
export type TaskLaunch = Type.Static<typeof TaskLaunch>;

/** A task of a taskset: its key (unique within the set) defaults to its position; its definition to the set's. */
export const TasksetTask = Closed({ definition: Type.Optional(DefinitionName), ...taskFields });
export type TasksetTask = Type.Static<typeof TasksetTask>;

const tasksetFields = {
  name: Type.Optional(Name),
  class: Type.Optional(Name),
  profile: Type.Optional(Word(profiles)),
  definition: Type.Optional(DefinitionName),
  revision: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  limits: Type.Optional(TasksetPolicy),
  policy: Type.Optional(Policy),
  workspace: Type.Optional(Workspace),
  muted: Type.Optional(
    Type.Array(Key, {
      maxItems: limits.mutedMax,
      description: "Keys of tasks that run and are reported, but do not fail the set",
    }),
  ),
  idempotencyKey: Type.Optional(Key),
  idempotencyMs: Type.Optional(Milliseconds),
};

/** The first line of a streamed launch: the taskset without its tasks. */
export const TasksetHeader = Closed(tasksetFields);
export type TasksetHeader = Type.Static<typeof TasksetHeader>;

export const TasksetLaunch = Closed({
  ...tasksetFields,
  tasks: Type.Array(TasksetTask, { minItems: 1, maxItems: limits.launchTasksMax }),
});
export type TasksetLaunch = Type.Static<typeof TasksetLaunch>;

export const BulkLaunch = Closed({ tasks: Type.Array(TaskLaunch, { minItems: 1, maxItems: limits.launchTasksMax }) });
export type BulkLaunch = Type.Static<typeof BulkLaunch>;

/** The answer to a launch: the ids, in the order of the tasks, and which of them were there already. */
export const Launched = Closed({ task: Type.String(), isDuplicate: Type.Boolean() });
export type Launched = Type.Static<typeof Launched>;
export const BulkLaunched = Closed({ tasks: Type.Array(Launched) });
export type BulkLaunched = Type.Static<typeof BulkLaunched>;
export const TasksetLaunched = Closed({ taskset: Type.String(), tasks: Type.Integer(), isDuplicate: Type.Boolean() });
export type TasksetLaunched = Type.Static<typeof TasksetLaunched>;

/** Which tasks a rerun takes, and whether also those that are not safe to rerun. */
export const Rerun = Closed({
  what: Type.Optional(Word(["unsuccessful", "all"] as const)),
  force: Type.Optional(Type.Boolean()),
});
export type Rerun = Type.Static<typeof Rerun>;
/** Whether a pause also stops what runs; by default running trials finish. */
export const Pause = Closed({ stop: Type.Optional(Type.Boolean()) });
export type Pause = Type.Static<typeof Pause>;
