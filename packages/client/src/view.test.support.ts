import { makeId, type TaskView, type TasksetView } from "@capstan/protocol";

/** Ids as an engine makes them. */
export function taskId(sequence: number): string {
  return makeId("task", { timeMs: 1_700_000_000_000, partition: 1, epoch: 1, sequence });
}

export function tasksetId(sequence: number): string {
  return makeId("taskset", { timeMs: 1_700_000_000_000, partition: 1, epoch: 1, sequence });
}

export function taskView(id: string, fields: Partial<TaskView> = {}): TaskView {
  return {
    id,
    namespace: "default",
    definition: "images/resize",
    revision: `rev_${"0".repeat(26)}`,
    status: "running",
    isFlaky: false,
    priority: 5,
    round: 1,
    trials: { counted: 0, lost: 0, total: 1 },
    launchedAtMs: 1_700_000_000_000,
    ...fields,
  };
}

export function tasksetView(id: string, fields: Partial<TasksetView> = {}): TasksetView {
  const counts = { total: 2, waiting: 0, queued: 0, running: 2, succeeded: 0, skipped: 0, failed: 0, abandoned: 0 };
  return {
    id,
    namespace: "default",
    profile: "job",
    status: "running",
    round: 1,
    counts: { ...counts, cancelled: 0, flaky: 0, retries: 0, muted: 0 },
    launchedAtMs: 1_700_000_000_000,
    ...fields,
  };
}
