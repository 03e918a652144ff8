import type { LiveTrialRow, PlainTaskRow, RecalledRow, TaskFacts, TaskRow } from "@capstan/core";
import type { Policy, Profile } from "@capstan/protocol";
import type { Value } from "./value.js";
import {
  packOptional,
  packReal,
  packText,
  shareOptional,
  shareText,
  unpackOptional,
  unpackText,
  type Cells,
} from "./text.js";

export const factColumns = [
  "namespace",
  "id",
  "taskset",
  "key",
  "definition",
  "revision",
  "profile",
  "policy",
  "priority",
  "idempotency_key",
  "launched_at_ms",
] as const;

export const stateColumns = [
  "status",
  "waits_for",
  "estimate_ms",
  "not_before_ms",
  "expires_at_ms",
  "queued_at_ms",
  "round",
  "trials_total",
  "trials_counted",
  "trials_lost",
  "round_start",
  "suspicions",
  "doublings",
  "is_front",
  "last_worker",
  "trials",
] as const;

export const inputColumns = ["input_blob", "input"] as const;

/** What is read of a task that only waits for a worker. */
export const plainColumns = [
  "namespace",
  "id",
  "taskset",
  "definition",
  "revision",
  "profile",
  "policy",
  "estimate_ms",
] as const;

/** The hot table's columns in the order of its cells. */
export const taskColumns = [...factColumns, ...stateColumns, ...inputColumns] as const;

export function packFacts(task: TaskFacts, cells: Value[]): void {
  cells.push(
    task.namespace,
    task.id,
    task.taskset,
    packText(task.key),
    task.definition,
    task.revision,
    task.profile,
    task.policy === null ? null : JSON.stringify(task.policy),
    task.priority,
    packText(task.idempotencyKey),
    task.launchedAtMs,
  );
}

/** The cells that change while a task lives. */
export function packState(task: TaskRow, cells: Value[]): void {
  cells.push(
    task.status,
    task.waitsFor,
    packReal(task.estimateMs),
    task.notBeforeMs,
    task.expiresAtMs,
    task.queuedAtMs,
    task.round,
    task.trialsTotal,
    task.trialsCounted,
    task.trialsLost,
    task.roundStart,
    task.suspicions,
    task.doublings,
    task.isFront ? 1 : 0,
    task.lastWorker,
    task.trials.length === 0 ? null : packOptional(task.trials),
  );
}

export function packTask(task: TaskRow, cells: Value[]): void {
  packFacts(task, cells);
  packState(task, cells);
  cells.push(task.inputBlob, task.inputJson);
}

/** An update: the state, then the key that it is for. */
export function packTaskUpdate(task: TaskRow, cells: Value[]): void {
  packState(task, cells);
  cells.push(task.namespace, task.id);
}

/** A row read back: where its input is left out, a number stands for it. */
export function unpackRecalled(cells: Cells): RecalledRow {
  const isInputLeftOut = typeof cells.at(-1) === "number";
  // Not spread: see unpackTask.
  return Object.assign(unpackTask(isInputLeftOut ? cells.slice(0, -1) : cells), { isInputLeftOut });
}

/** A row of the hot table, whole or short. */
export function unpackShort(cells: Cells): TaskRow | PlainTaskRow {
  if (cells.length > plainColumns.length) return unpackTask(cells);
  return {
    namespace: shareText(cells[0]!),
    id: cells[1] as string,
    taskset: shareOptional(cells[2]!),
    definition: shareText(cells[3]!),
    revision: shareText(cells[4]!),
    profile: shareText(cells[5]!) as Profile,
    policy: unpackOptional<Policy>(cells[6]!),
    estimateMs: cells[7] as number | null,
  };
}

const noTrials: readonly LiveTrialRow[] = [];
const stateAt = factColumns.length;
const inputAt = stateAt + stateColumns.length;

/**
 * A row of the hot table; the input's cell may be missing. One flat literal: with a spread in it the same object takes
 * twenty times as long to make, and a restart makes a million.
 */
export function unpackTask(cells: Cells): TaskRow {
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
    inputBlob: (cells[inputAt] ?? null) as string | null,
    inputJson: (cells[inputAt + 1] ?? null) as string | null,
    status: shareText(cells[stateAt]!) as TaskRow["status"],
    waitsFor: shareOptional(cells[stateAt + 1]!) as TaskRow["waitsFor"],
    estimateMs: cells[stateAt + 2] as number | null,
    notBeforeMs: cells[stateAt + 3] as number | null,
    expiresAtMs: cells[stateAt + 4] as number | null,
    queuedAtMs: cells[stateAt + 5] as number | null,
    round: cells[stateAt + 6] as number,
    trialsTotal: cells[stateAt + 7] as number,
    trialsCounted: cells[stateAt + 8] as number,
    trialsLost: cells[stateAt + 9] as number,
    roundStart: cells[stateAt + 10] as number,
    suspicions: cells[stateAt + 11] as number,
    doublings: cells[stateAt + 12] as number,
    isFront: cells[stateAt + 13] === 1,
    lastWorker: shareOptional(cells[stateAt + 14]!),
    trials: unpackOptional<LiveTrialRow[]>(cells[stateAt + 15]!) ?? noTrials,
  };
}
