import { isId, parseTrialId, partitionOf } from "@capstan/protocol/plain";
import type { CommitBatch } from "../store.js";

/**
 * What is left of a batch when some partitions belong to another engine: their rows and fences are gone, and what is of
 * no partition (workers, plugins, estimates) stays. So a batch that was refused for these partitions is written for the rest.
 */
export function withoutPartitions(batch: CommitBatch, partitions: readonly number[]): CommitBatch {
  const gone = new Set(partitions);
  const ofTask = (id: string): boolean => !gone.has(partitionOf("task", id));
  const ofTaskset = (id: string): boolean => !gone.has(partitionOf("taskset", id));
  return {
    ...batch,
    fences: batch.fences.filter(({ partition }) => !gone.has(partition)),
    ...filtered(batch, "tasksets", ({ id }) => ofTaskset(id)),
    ...filtered(batch, "insertedTasks", ({ id }) => ofTask(id)),
    ...filtered(batch, "updatedTasks", ({ id }) => ofTask(id)),
    ...filtered(batch, "finishedTasks", ({ id }) => ofTask(id)),
    ...filtered(batch, "reopenedTasks", ({ id }) => ofTask(id)),
    ...filtered(batch, "discardedTasksets", ({ id }) => ofTaskset(id)),
    ...filtered(batch, "trials", ({ task }) => ofTask(task)),
    ...filtered(batch, "offers", ({ task }) => ofTask(task)),
    ...filtered(batch, "phases", ({ taskset }) => ofTaskset(taskset)),
    ...filtered(batch, "idempotencies", ({ holder }) => (isId("task", holder) ? ofTask(holder) : ofTaskset(holder))),
    ...filtered(batch, "flaky", ({ task }) => ofTask(task)),
    ...filtered(batch, "logs", ({ trial }) => ofTask(parseTrialId(trial).task)),
  };
}

type Lists = Omit<CommitBatch, "fences">;
type RowOf<K extends keyof Lists> = NonNullable<Lists[K]>[number];

function filtered<K extends keyof Lists>(
  batch: CommitBatch,
  name: K,
  isKept: (row: RowOf<K>) => boolean,
): Partial<CommitBatch> {
  const rows = batch[name] as readonly RowOf<K>[] | undefined;
  return rows === undefined ? {} : { [name]: rows.filter(isKept) };
}
