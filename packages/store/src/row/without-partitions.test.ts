import fc from "fast-check";
import { trialIdOf, type TaskId } from "@capstan/protocol/plain";
import { expect, it } from "vitest";
import * as rows from "../conformance/sample-row.js";
import type { CommitBatch } from "../store.js";
import { withoutPartitions } from "./without-partitions.js";

/** A row of every list, for each of the partitions. */
function batchOf(partitions: readonly number[]): CommitBatch {
  const tasks = partitions.map((partition) => rows.makeTask({ id: rows.taskId(1, { partition }) }));
  const sets = partitions.map((partition) => rows.makeTaskset({ id: rows.tasksetId(1, { partition }) }));
  const holders = [...tasks, ...sets].map(({ id }) => id);
  return {
    fences: partitions.map((partition) => ({ partition, epoch: 1 })),
    plugins: [rows.plugin],
    revisions: [rows.revision],
    deletedRevisions: [{ namespace: "default", id: "rev_x" }],
    tasksets: sets,
    insertedTasks: tasks,
    updatedTasks: tasks,
    finishedTasks: tasks.map((task) => rows.finishTask(task)),
    reopenedTasks: tasks,
    discardedTasksets: sets.map(({ namespace, id }) => ({ namespace, id })),
    trials: tasks.map(({ id }) => rows.makeTrial(id)),
    offers: tasks.map(({ id }) => rows.makeOfferRow(id, 1)),
    phases: sets.map(({ id }) => rows.makePhaseRow(id)),
    idempotencies: holders.map((holder) => rows.makeIdempotency({ holder })),
    estimates: [rows.makeEstimate()],
    flaky: tasks.map(({ id }) => rows.makeFlaky({ task: id })),
    logs: tasks.map(({ id }) => ({
      namespace: "default",
      trial: trialIdOf(id as TaskId, 2),
      stream: "stdout" as const,
      sequence: 1,
      text: "x",
      atMs: 1,
    })),
    workers: [rows.worker],
    deletedWorkers: [{ namespace: "default", id: "wrk_x" }],
  };
}

it("a batch without some partitions is the batch of the others", () => {
  const partitions = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 6 });
  fc.assert(
    fc.property(partitions, fc.func(fc.boolean()), (all, isGone) => {
      const gone = all.filter((partition) => isGone(partition));
      const kept = all.filter((partition) => !gone.includes(partition));
      expect(withoutPartitions(batchOf(all), gone)).toEqual(batchOf(kept));
    }),
  );
});

it("a batch that lacks lists has no more lists without some partitions", () => {
  expect(withoutPartitions({ fences: [{ partition: 3, epoch: 1 }] }, [3])).toEqual({ fences: [] });
});
