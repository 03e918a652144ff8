import type { Changes } from "@capstan/core";
import type { CommitBatch } from "@capstan/store";
import type { ExtraRows } from "./extra-rows.js";

/** One commit under way: core's changes and the rows that ride along. */
export interface Batch {
  readonly changes: Changes;
  readonly extra: ExtraRows;
}

/**
 * The batch as the store takes it; empty lists are left out. What belongs to no partition, such as workers, is fenced by
 * the first one: an engine that has lost the store writes nothing at all.
 */
export function toCommitBatch({ changes, extra }: Batch, epochs: readonly number[]): CommitBatch {
  const partitions = changes.partitions.size === 0 ? [0] : [...changes.partitions];
  return {
    fences: partitions.map((partition) => ({ partition, epoch: epochs[partition]! })),
    ...filled("plugins", extra.plugins),
    ...filled("revisions", extra.revisions),
    ...filled("deletedRevisions", extra.deletedRevisions),
    ...filled("tasksets", changes.tasksets),
    ...filled("insertedTasks", changes.insertedTasks),
    ...filled("reopenedTasks", changes.reopenedTasks),
    ...filled("updatedTasks", changes.updatedTasks),
    ...filled("finishedTasks", changes.finishedTasks),
    ...filled("discardedTasksets", changes.discardedTasksets),
    ...filled("trials", changes.trials),
    ...filled("offers", changes.offers),
    ...filled("phases", changes.phases),
    ...filled("idempotencies", extra.idempotencies),
    ...filled("estimates", changes.estimates),
    ...filled("flaky", changes.flaky),
    ...filled("logs", extra.logs),
    ...filled("workers", changes.workers),
    ...filled("deletedWorkers", changes.deletedWorkers),
  };
}

function filled<K extends string, T>(name: K, rows: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return rows.length === 0 ? {} : ({ [name]: rows } as { readonly [P in K]: readonly T[] });
}

export function countRows({ changes, extra }: Batch): number {
  const { insertedTasks, updatedTasks, finishedTasks, reopenedTasks, tasksets, trials, workers, estimates } = changes;
  const lists = [insertedTasks, updatedTasks, finishedTasks, reopenedTasks, tasksets, trials, workers, estimates];
  const others = [extra.plugins, extra.revisions, extra.deletedRevisions, extra.idempotencies, extra.logs];
  return [...lists, ...others].reduce((sum, list) => sum + list.length, 0);
}
