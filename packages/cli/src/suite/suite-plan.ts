import type { TasksetEntry } from "@capstan/client";
import type { FileCommand, FileInput, Policy, TasksetPolicy } from "@capstan/protocol";
import { KeySource } from "../run/item.js";
import type { TasksetSettings } from "../run/taskset-options.js";

/** What a suite is run with. */
export interface SuiteSettings extends TasksetSettings {
  readonly class: string;
  readonly root: string;
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
  readonly tasks: readonly TasksetEntry[];
}

/** One task a file, whose key is its path from the root, so that its durations are found again. */
export function makeSuitePlan(files: readonly string[], settings: SuiteSettings): SuitePlan {
  const { name, root, commandOf, memoryBytes, jobs, maxFailures, maxTrials, timeoutMs, labels } = settings;
  const keys = new KeySource();
  const limits = { ...(jobs !== undefined && { maxSlots: jobs }), ...(maxFailures !== undefined && { maxFailures }) };
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
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(policy).length > 0 && { policy }),
    tasks: files.map((file) => {
      const input: FileInput = { file, root, ...(commandOf !== undefined && { command: commandOf(file) }) };
      return { key: keys.next(file), input };
    }),
  };
}
