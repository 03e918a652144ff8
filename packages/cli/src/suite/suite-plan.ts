import type { TasksetEntry } from "@capstan/client";
import type { FileCommand, FileInput, Policy, TasksetPolicy, Workspace } from "@capstan/protocol";
import { KeySource } from "../run/item.js";
import { limitsOf, type TasksetSettings } from "../run/taskset-options.js";

/** What a suite is run with. */
export interface SuiteSettings extends TasksetSettings {
  readonly class: string;
  readonly root: string;
  /** The tree that was sent; the workers see it under `root` when it was not. */
  readonly workspace?: Workspace | undefined;
  readonly memoryBytes?: number | undefined;
  /** The command of each file, where no framework runs it. */
  readonly commandOf?: ((file: string) => FileCommand) | undefined;
}

/** A taskset of test files, ready to launch. */
export interface SuitePlan {
  readonly name?: string;
  readonly class: string;
  readonly profile: "test";
  readonly limits?: TasksetPolicy;
  readonly policy?: Policy;
  readonly workspace?: Workspace;
  readonly muted?: string[];
  readonly tasks: readonly TasksetEntry[];
}

/** One task a file, whose key is its path from the root, so that its durations are found again. */
export function makeSuitePlan(files: readonly string[], settings: SuiteSettings): SuitePlan {
  const { name, root, workspace, commandOf, memoryBytes, maxTrials, timeoutMs, labels } = settings;
  const place = workspace === undefined ? { root } : {};
  const keys = new KeySource();
  const limits = limitsOf(settings);
  const policy = {
    ...(maxTrials !== undefined && { maxTrials }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(labels !== undefined && { labels: [...labels] }),
  };
  return {
    ...(name !== undefined && { name }),
    class: settings.class,
    profile: "test",
    ...(limits !== undefined && { limits }),
    ...(settings.muted !== undefined && { muted: [...settings.muted] }),
    ...(Object.keys(policy).length > 0 && { policy }),
    ...(workspace !== undefined && { workspace }),
    tasks: files.map((file) => {
      const input: FileInput = { file, ...place, ...(commandOf !== undefined && { command: commandOf(file) }) };
      return { key: keys.next(file), input };
    }),
  };
}
