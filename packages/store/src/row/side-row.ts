import type { EstimateRow, IdempotencyRow, LogRow, OfferRow, PhaseRow } from "@capstan/core";
import type { Value } from "./value.js";
import { packReal, packText, unpackText, type Cells } from "./text.js";

export const idempotencyColumns = ["namespace", "scope", "key", "holder", "digest", "expires_at_ms"] as const;

export function packIdempotency(row: IdempotencyRow, cells: Value[]): void {
  cells.push(row.namespace, row.scope, packText(row.key), row.holder, row.digest, row.expiresAtMs);
}

export function unpackIdempotency(cells: Cells): IdempotencyRow {
  return {
    namespace: cells[0] as string,
    scope: cells[1] as string,
    key: unpackText(cells[2] as string),
    holder: cells[3] as string,
    digest: cells[4] as string,
    expiresAtMs: cells[5] as number,
  };
}

export const estimateColumns = [
  "namespace",
  "class",
  "key",
  "mean_ms",
  "deviation_ms",
  "samples",
  "updated_at_ms",
] as const;

export function packEstimate(row: EstimateRow, cells: Value[]): void {
  cells.push(
    row.namespace,
    packText(row.class),
    packText(row.key),
    packReal(row.meanMs),
    packReal(row.deviationMs),
    row.samples,
    row.updatedAtMs,
  );
}

export function unpackEstimate(cells: Cells): EstimateRow {
  return {
    namespace: cells[0] as string,
    class: unpackText(cells[1] as string),
    key: unpackText(cells[2] as string),
    meanMs: cells[3] as number,
    deviationMs: cells[4] as number,
    samples: cells[5] as number,
    updatedAtMs: cells[6] as number,
  };
}

/** Log rows as they travel to the writer: namespace, trial, stream, sequence, time, text. */
export const logCells = 6;

export function packLog(row: LogRow, cells: Value[]): void {
  cells.push(row.namespace, row.trial, row.stream, row.sequence, row.atMs, row.text);
}

export const offerColumns = [
  "namespace",
  "task",
  "at_ms",
  "number",
  "worker",
  "worker_name",
  "outcome",
  "reason",
] as const;

export function packOffer(row: OfferRow, cells: Value[]): void {
  const { namespace, task, atMs, number, worker, workerName, outcome, reason } = row;
  cells.push(namespace, task, atMs, number, worker, packText(workerName), outcome, packText(reason));
}

export function unpackOffer(cells: Cells): OfferRow {
  return {
    namespace: cells[0] as string,
    task: cells[1] as string,
    atMs: cells[2] as number,
    number: cells[3] as number,
    worker: cells[4] as string,
    workerName: unpackText(cells[5] as string),
    outcome: cells[6] as OfferRow["outcome"],
    reason: unpackText(cells[7] as string),
  };
}

export const phaseColumns = [
  "namespace",
  "taskset",
  "worker",
  "phase",
  "worker_name",
  "status",
  "duration_ms",
  "message",
  "log",
  "ended_at_ms",
] as const;

export function packPhase(row: PhaseRow, cells: Value[]): void {
  const { namespace, taskset, worker, phase, workerName, status, durationMs, message, log, endedAtMs } = row;
  cells.push(namespace, taskset, worker, phase, packText(workerName), status, packReal(durationMs));
  cells.push(packText(message), packText(log), endedAtMs);
}

export function unpackPhase(cells: Cells): PhaseRow {
  return {
    namespace: cells[0] as string,
    taskset: cells[1] as string,
    worker: cells[2] as string,
    phase: cells[3] as PhaseRow["phase"],
    workerName: unpackText(cells[4] as string),
    status: cells[5] as PhaseRow["status"],
    durationMs: cells[6] as number,
    message: unpackText(cells[7] as string | null),
    log: unpackText(cells[8] as string | null),
    endedAtMs: cells[9] as number,
  };
}
