import type { LiveTrialRow, TaskFacts, TaskRow, TrialEndRow, TrialRow } from "@capstan/core";
import {
  trialIdOf,
  type BlobRef,
  type Fault,
  type ResourceUse,
  type TaskId,
  type TrialCounts,
  type TrialView,
} from "@capstan/protocol";
import { column, parseColumn, present } from "./column.js";

/** An ended trial of a task of that id and revision. */
export function endedTrialView(end: TrialEndRow, { id, revision }: Pick<TaskFacts, "id" | "revision">): TrialView {
  return {
    id: trialIdOf(id as TaskId, end.n),
    task: id,
    number: end.n,
    round: end.round,
    status: end.status,
    isTwin: end.isTwin,
    isCounted: end.isCounted,
    revision,
    grantedAtMs: end.grantedAtMs,
    endedAtMs: end.endedAtMs,
    durationMs: end.durationMs,
    ...present({
      cause: column(end.cause),
      worker: column(end.worker),
      workerName: column(end.workerName),
      output: parseColumn(end.outputJson),
      outputBlob: parseColumn<BlobRef>(end.outputBlob),
      error: parseColumn<Fault>(end.errorJson),
      counts: parseColumn<TrialCounts>(end.countsJson),
      usage: parseColumn<ResourceUse>(end.usageJson),
    }),
  };
}

/** An earlier trial, from its own row. */
export function trialView(row: TrialRow): TrialView {
  return endedTrialView(row, { id: row.task, revision: row.revision });
}

/** A trial that is alive, from its task's row. */
export function liveTrialView(trial: LiveTrialRow, task: TaskRow): TrialView {
  return {
    id: trialIdOf(task.id as TaskId, trial.n),
    task: task.id,
    number: trial.n,
    round: task.round,
    status: trial.status,
    isTwin: trial.isTwin,
    isCounted: false,
    worker: trial.worker,
    workerName: trial.workerName,
    revision: task.revision,
    grantedAtMs: trial.grantedAtMs,
  };
}
