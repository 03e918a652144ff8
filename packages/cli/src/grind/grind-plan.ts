import type { FileInput } from "@capstan/protocol";
import { KeySource } from "../run/item.js";
import { limitsOf } from "../run/taskset-options.js";
import type { SuitePlan, SuiteSettings } from "../suite/suite-plan.js";

export interface GrindSettings extends Omit<SuiteSettings, "muted"> {
  readonly times: number;
  /** Ids of examples; all when left out. */
  readonly examples?: readonly string[] | undefined;
}

/** Each file so many times, a task a run, of one trial. Without a class: what is learnt of a file is for whole suites. */
export function makeGrindPlan(files: readonly string[], settings: GrindSettings): Omit<SuitePlan, "class"> {
  const { times, root, timeoutMs, labels, examples } = settings;
  const keys = new KeySource();
  const limits = limitsOf(settings);
  const some = examples === undefined ? {} : { examples: [...examples] };
  const tasks = Array.from({ length: times }, () => files).flat();
  return {
    profile: "test",
    ...(limits !== undefined && { limits }),
    policy: {
      maxTrials: 1,
      speculation: false,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(labels !== undefined && { labels: [...labels] }),
    },
    tasks: tasks.map((file) => ({ key: keys.next(file), input: { file, root, ...some } satisfies FileInput })),
  };
}
