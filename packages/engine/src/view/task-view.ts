import type { FinishedTaskRow, TaskFacts, TaskRow } from "@capstan/core";
import type { BlobRef, Reason, TaskView, TrialView } from "@capstan/protocol";
import { column, parseColumn, present } from "./column.js";
import { endedTrialView, liveTrialView } from "./trial-view.js";

export interface TaskViewOptions {
  /** Leaves out input, output and last trial: what a list shows. Default false. */
  readonly isBrief?: boolean;
}

/** What only memory knows of an unfinished task. */
export interface TaskViewFacts extends TaskViewOptions {
  /** It is offered to a worker just now. */
  readonly isOffered?: boolean;
  /** Why it does not run. */
  readonly reason?: Reason | undefined;
  /** Estimated time to its end. */
  readonly etaMs?: number | undefined;
  /** 0–1. */
  readonly progress?: number | undefined;
  readonly progressNote?: string | undefined;
  /** The last trial that ended, when none is alive and it is at hand. */
  readonly endedTrial?: TrialView | undefined;
}

function factsView(row: TaskFacts, isBrief: boolean) {
  return {
    id: row.id,
    namespace: row.namespace,
    definition: row.definition,
    revision: row.revision,
    priority: row.priority,
    launchedAtMs: row.launchedAtMs,
    ...present({
      taskset: column(row.taskset),
      key: column(row.key),
      policy: column(row.policy),
      input: isBrief ? undefined : parseColumn(row.inputJson),
      inputBlob: isBrief ? undefined : parseColumn<BlobRef>(row.inputBlob),
    }),
  };
}

function countsView(row: Pick<TaskRow, "trialsCounted" | "trialsLost" | "trialsTotal">): TaskView["trials"] {
  return { counted: row.trialsCounted, lost: row.trialsLost, total: row.trialsTotal };
}

/** An unfinished task. */
export function taskView(row: TaskRow, facts: TaskViewFacts = {}): TaskView {
  const live = row.trials.at(-1);
  const lastTrial = live === undefined ? facts.endedTrial : liveTrialView(live, row);
  return {
    ...factsView(row, facts.isBrief === true),
    status: facts.isOffered === true && row.status === "queued" ? "offered" : row.status,
    isFlaky: false,
    round: row.round,
    trials: countsView(row),
    ...present({
      waitsFor: column(row.waitsFor),
      notBeforeMs: column(row.notBeforeMs),
      expiresAtMs: column(row.expiresAtMs),
      estimateMs: column(row.estimateMs),
      etaMs: facts.etaMs,
      reason: facts.reason,
      progress: facts.progress,
      progressNote: facts.progressNote,
      lastTrial: facts.isBrief === true ? undefined : lastTrial,
    }),
  };
}

/** A finished task. Its output and error are those of its last trial. */
export function finishedTaskView(row: FinishedTaskRow, { isBrief = false }: TaskViewOptions = {}): TaskView {
  const lastTrial = row.lastTrial === null || isBrief ? undefined : endedTrialView(row.lastTrial, row);
  const isSuccess = row.status === "succeeded" || row.status === "skipped";
  return {
    ...factsView(row, isBrief),
    status: row.status,
    isFlaky: row.isFlaky,
    round: row.round,
    trials: countsView(row),
    endedAtMs: row.endedAtMs,
    ...present({
      cause: column(row.cause),
      reason: row.reason === null ? undefined : { code: row.cause ?? row.status, message: row.reason },
      output: isSuccess ? lastTrial?.output : undefined,
      outputBlob: isSuccess ? lastTrial?.outputBlob : undefined,
      error: isSuccess ? undefined : lastTrial?.error,
      lastTrial,
    }),
  };
}
