import type { FinishedTaskRow, TrialEndRow, TrialRow } from "@capstan/core";
import type { Policy, Profile } from "@capstan/protocol";
import type { Value } from "./value.js";
import { factColumns, inputColumns, packFacts } from "./task-row.js";
import { packReal, packText, shareOptional, shareText, unpackOptional, unpackText, type Cells } from "./text.js";

const endColumns = [
  "status",
  "cause",
  "reason",
  "is_flaky",
  "round",
  "trials_total",
  "trials_counted",
  "trials_lost",
  "ended_at_ms",
] as const;

/** A trial's end, in the order of its cells. */
export const trialEndColumns = [
  "n",
  "round",
  "status",
  "cause",
  "is_twin",
  "is_counted",
  "worker",
  "worker_name",
  "token_partition",
  "token_epoch",
  "token_sequence",
  "granted_at_ms",
  "ended_at_ms",
  "duration_ms",
  "counts",
  "usage",
  "error",
  "output_blob",
  "output",
] as const;

export const lastTrialColumns = trialEndColumns.map((column) => `last_${column}`);
/** What finishing adds to a task's facts. */
export const finishColumns: readonly string[] = [...endColumns, ...lastTrialColumns];
/** The columns of history in the order of its cells. */
export const finishedColumns: readonly string[] = [...factColumns, ...finishColumns, ...inputColumns];
export const trialColumns = ["namespace", "task", "revision", ...trialEndColumns] as const;

const noTrial: readonly null[] = trialEndColumns.map(() => null);

function packTrialEnd(end: TrialEndRow, cells: Value[]): void {
  cells.push(
    end.n,
    end.round,
    end.status,
    packText(end.cause),
    end.isTwin ? 1 : 0,
    end.isCounted ? 1 : 0,
    end.worker,
    packText(end.workerName),
    end.token.partition,
    end.token.epoch,
    end.token.sequence,
    end.grantedAtMs,
    end.endedAtMs,
    packReal(end.durationMs),
    end.countsJson,
    end.usageJson,
    end.errorJson,
    end.outputBlob,
    end.outputJson,
  );
}

export function packFinished(task: FinishedTaskRow, cells: Value[]): void {
  packFacts(task, cells);
  cells.push(
    task.status,
    task.cause,
    packText(task.reason),
    task.isFlaky ? 1 : 0,
    task.round,
    task.trialsTotal,
    task.trialsCounted,
    task.trialsLost,
    task.endedAtMs,
  );
  if (task.lastTrial === null) cells.push(...noTrial);
  else packTrialEnd(task.lastTrial, cells);
  cells.push(task.inputBlob, task.inputJson);
}

export function packTrial(trial: TrialRow, cells: Value[]): void {
  cells.push(trial.namespace, trial.task, trial.revision);
  packTrialEnd(trial, cells);
}

function unpackTrialEnd(cells: Cells, at: number): TrialEndRow {
  return {
    n: cells[at] as number,
    round: cells[at + 1] as number,
    status: shareText(cells[at + 2]!) as TrialEndRow["status"],
    cause: unpackText(cells[at + 3] as string | null),
    isTwin: cells[at + 4] === 1,
    isCounted: cells[at + 5] === 1,
    worker: shareOptional(cells[at + 6]!),
    workerName: unpackText(cells[at + 7] as string | null),
    token: {
      partition: cells[at + 8] as number,
      epoch: cells[at + 9] as number,
      sequence: cells[at + 10] as number,
    },
    grantedAtMs: cells[at + 11] as number,
    endedAtMs: cells[at + 12] as number,
    durationMs: cells[at + 13] as number,
    countsJson: cells[at + 14] as string | null,
    usageJson: cells[at + 15] as string | null,
    errorJson: cells[at + 16] as string | null,
    outputBlob: cells[at + 17] as string | null,
    outputJson: cells[at + 18] as string | null,
  };
}

const endAt = factColumns.length;
const lastAt = endAt + endColumns.length;
const inputAt = lastAt + trialEndColumns.length;

export function unpackFinished(cells: Cells): FinishedTaskRow {
  return {
    namespace: shareText(cells[0]!),
    id: cells[1] as string,
    taskset: shareOptional(cells[2]!),
    key: unpackText(cells[3] as string | null),
    definition: shareText(cells[4]!),
    revision: shareText(cells[5]!),
    profile: shareText(cells[6]!) as Profile,
    policy: unpackOptional<Policy>(cells[7]!),
    priority: cells[8] as number,
    idempotencyKey: unpackText(cells[9] as string | null),
    launchedAtMs: cells[10] as number,
    inputBlob: cells[inputAt] as string | null,
    inputJson: cells[inputAt + 1] as string | null,
    status: shareText(cells[endAt]!) as FinishedTaskRow["status"],
    cause: shareOptional(cells[endAt + 1]!) as FinishedTaskRow["cause"],
    reason: unpackText(cells[endAt + 2] as string | null),
    isFlaky: cells[endAt + 3] === 1,
    round: cells[endAt + 4] as number,
    trialsTotal: cells[endAt + 5] as number,
    trialsCounted: cells[endAt + 6] as number,
    trialsLost: cells[endAt + 7] as number,
    endedAtMs: cells[endAt + 8] as number,
    lastTrial: cells[lastAt] === null ? null : unpackTrialEnd(cells, lastAt),
  };
}

export function unpackTrial(cells: Cells): TrialRow {
  return {
    namespace: shareText(cells[0]!),
    task: cells[1] as string,
    revision: shareText(cells[2]!),
    ...unpackTrialEnd(cells, 3),
  };
}
