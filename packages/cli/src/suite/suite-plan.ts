import type { TasksetEntry } from "@capstan/client";
import {
  partKey,
  type FileCommand,
  type FileInput,
  type Policy,
  type TasksetPolicy,
  type Workspace,
} from "@capstan/protocol";
import { KeySource } from "../run/item.js";
import { limitsOf, type TasksetSettings } from "../run/taskset-options.js";
import type { SplitPlan } from "../split/split-plan.js";
import { mutedInParts, type MutedPlan } from "./muted-plan.js";

/** What a suite is run with. */
export interface SuiteSettings extends Omit<TasksetSettings, "muted"> {
  readonly class: string;
  readonly root: string;
  /** The tree that was sent; the workers see it under `root` when it was not. */
  readonly workspace?: Workspace | undefined;
  readonly muted?: MutedPlan | undefined;
  readonly memoryBytes?: number | undefined;
  /** The command of each file, where no framework runs it. */
  readonly commandOf?: ((file: string) => FileCommand) | undefined;
  /** Files that run in several parts, each a task of its own; none when left out. */
  readonly splits?: SplitPlan | undefined;
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

/**
 * One task a file, whose key is its path from the root, so that its durations are found again; of a file that is split
 * one a part, under a key of its own, so that what it takes is not taken for what the file does.
 */
export function makeSuitePlan(files: readonly string[], settings: SuiteSettings): SuitePlan {
  const { name, root, workspace, commandOf, memoryBytes, maxTrials, timeoutMs, labels, muted, splits } = settings;
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
    ...(muted !== undefined && muted.keys.length > 0 && { muted: [...mutedInParts(muted, splits).keys] }),
    ...(Object.keys(policy).length > 0 && { policy }),
    ...(workspace !== undefined && { workspace }),
    tasks: files.flatMap((file) => {
      const examples = muted?.examples.get(file);
      const input: FileInput = {
        file,
        ...place,
        ...(examples !== undefined && { muted: [...examples] }),
        ...(commandOf !== undefined && { command: commandOf(file) }),
      };
      const parts = splits?.get(file);
      if (parts === undefined) return [{ key: keys.next(file), input }];
      return parts.map(({ part, estimateMs }) => {
        const key = keys.next(partKey({ file, ...part }));
        return { key, input: { ...input, part }, estimateMs };
      });
    }),
  };
}
