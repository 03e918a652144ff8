import type { TaskOutcome } from "@capstan/plugin/run";
import type { Fault } from "@capstan/protocol";

/** How the code of a task ended, in the words of a trial's end. */
export interface TaskEnd {
  readonly status: TaskOutcome["status"];
  /** Of a skipped task: why it skipped. */
  readonly output?: unknown;
  readonly error?: Fault;
  readonly counts?: Record<string, number>;
}

export function taskEnd(outcome: TaskOutcome, counts: Record<string, number> | undefined): TaskEnd {
  const end = outcome.status === "skipped" ? skippedEnd(outcome.reason) : outcome;
  return counts === undefined ? end : { ...end, counts };
}

function skippedEnd(reason: string | undefined): TaskEnd {
  return reason === undefined ? { status: "skipped" } : { status: "skipped", output: reason };
}
