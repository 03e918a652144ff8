import type { TaskLaunch, TasksetTask } from "@capstan/protocol";
import type { TaskRef } from "@capstan/plugin";

/** A task by reference, which carries its types, or by its name `plugin/name`. */
export type TaskLike<Input = never, Result = unknown> = TaskRef<Input, Result> | string;

/** Everything about a launch that is not its task and input. */
export type LaunchOptions = {
  readonly [K in keyof Omit<TaskLaunch, "definition" | "input">]?: TaskLaunch[K] | undefined;
} & {
  /** Gives up waiting for the answer; the launch may have taken effect. */
  readonly signal?: AbortSignal | undefined;
};

/** The arguments after the task: its input may be left out where the task takes none. */
export type LaunchArguments<Input> = undefined extends Input
  ? [input?: Input, options?: LaunchOptions]
  : [input: Input, options?: LaunchOptions];

/** One task of a taskset; `task` may be left out where the taskset states one for all. */
export type TasksetEntry<Input = unknown> = Omit<TasksetTask, "definition" | "input"> & {
  readonly task?: TaskLike | undefined;
  readonly input?: Input | undefined;
};

/** An entry of a taskset of several tasks, its input checked against the task's type. */
export function entryOf<Input>(task: TaskRef<Input>, ...[input, options]: LaunchEntryArguments<Input>): TasksetEntry {
  return { ...options, task, input };
}

type EntryOptions = Omit<TasksetEntry, "task" | "input">;
type LaunchEntryArguments<Input> = undefined extends Input
  ? [input?: Input, options?: EntryOptions]
  : [input: Input, options?: EntryOptions];

export function nameOf(task: TaskLike): string {
  return typeof task === "string" ? task : task.name;
}
