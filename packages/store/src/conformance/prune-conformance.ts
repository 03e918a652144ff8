import type { PruneOptions, Store } from "../store.js";
import { withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import {
  finishTask,
  launchedAtMs,
  makeEstimate,
  makeFlaky,
  makeIdempotency,
  makeTask,
  makeTaskset,
  makeOfferRow,
  makePhaseRow,
  makeTrial,
  taskId,
  tasksetId,
} from "./sample-row.js";

const namespace = "default";
const hour = 3_600_000;
const options = { taskRetentionMs: 7 * 24 * hour, logRetentionMs: 3 * 24 * hour, rowsMax: 10 };

async function sweep(store: Store, given: PruneOptions): Promise<{ deleted: number; most: number }> {
  let [deleted, most] = [0, 0];
  for (let steps = 0; steps < 10_000; steps += 1) {
    const step = await store.prune(given);
    deleted += step.deleted;
    most = Math.max(most, step.deleted);
    if (!step.hasMore) return { deleted, most };
  }
  throw new Error("the sweep has no end");
}

function logOf(task: string, text = "text") {
  const trial = `trial_${task.slice(5)}_1`;
  return { namespace, trial, stream: "stdout" as const, sequence: 1, text, atMs: launchedAtMs };
}

/** Retention: what goes, what stays, and that steps are small. */
export function pruneConformance({ describe, it, expect }: ConformanceKit, makePlace: MakePlace): void {
  describe("prune", () => {
    it("deletes logs, then finished tasks with all that is theirs, when their time is over", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const set = makeTaskset({
          id: tasksetId(1),
          status: "succeeded",
          endedAtMs: launchedAtMs + 30,
          firstTask: taskId(0),
          lastTask: taskId(49),
        });
        const tasks = Array.from({ length: 50 }, (_, n) => makeTask({ id: taskId(n), taskset: set.id }));
        const live = makeTask({ id: taskId(50) });
        const late = finishTask(makeTask({ id: taskId(51), namespace: "other" }), {
          endedAtMs: launchedAtMs + 99 * hour,
        });
        await commit({
          tasksets: [set],
          insertedTasks: [live],
          finishedTasks: [...tasks.map((task) => finishTask(task)), late],
          trials: tasks.map(({ id }) => makeTrial(id)),
          offers: [makeOfferRow(taskId(3), 1)],
          phases: [makePhaseRow(set.id)],
          logs: [...tasks, live].map(({ id }) => logOf(id)),
        });
        const trial = logOf(taskId(3)).trial;
        const at = (hours: number): PruneOptions => ({ ...options, nowMs: launchedAtMs + hours * hour });

        expect((await sweep(store, at(71))).deleted).toBe(0);
        expect(await sweep(store, at(73))).toEqual({ deleted: 100, most: 10 });
        expect((await store.measureLog(namespace, trial)).stdout).toBe(0);
        expect((await store.measureLog(namespace, logOf(live.id).trial)).stdout).toBe(4);
        expect((await store.listTasks(namespace, {})).items.length).toBe(51);

        expect((await sweep(store, at(24 * 7 - 1))).deleted).toBe(0);
        const { deleted, most } = await sweep(store, at(24 * 7 + 1));
        expect(deleted).toBe(103);
        expect(await store.readOffers({ namespace, id: taskId(3) })).toEqual([]);
        expect(most).toBeLessThanOrEqual(12);
        expect((await store.listTasks(namespace, {})).items).toEqual([{ isFinished: false, row: live }]);
        expect(await store.readTrials({ namespace, id: taskId(3) })).toEqual([]);
        expect(await store.readTaskset(set)).toBeUndefined();
        expect(await store.readPhases(set)).toEqual([]);
        expect(await store.readTask(late)).toEqual({ isFinished: true, row: late });
        expect((await sweep(store, at(24 * 12))).deleted).toBe(1);
        expect(await store.readTask(late)).toBeUndefined();
      }));

    it("keeps a taskset while it is unfinished or one of its tasks is left", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const range = { firstTask: taskId(0), lastTask: taskId(9) };
        const ended = makeTaskset({ id: tasksetId(1), status: "failed", endedAtMs: launchedAtMs, ...range });
        const running = makeTaskset({ id: tasksetId(2) });
        const task = makeTask({ id: taskId(5), taskset: ended.id });
        await commit({ tasksets: [ended, running], insertedTasks: [task] });
        await sweep(store, { ...options, nowMs: launchedAtMs + 999 * hour });
        expect(await store.readTaskset(ended)).toEqual(ended);
        expect(await store.readTaskset(running)).toEqual(running);
      }));

    it("deletes idempotency keys past their time", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const rows = Array.from({ length: 60 }, (_, n) =>
          makeIdempotency({
            key: `k${n}`,
            namespace: n % 2 === 0 ? namespace : "other",
            expiresAtMs: launchedAtMs + n,
          }),
        );
        await commit({ idempotencies: rows });
        expect((await sweep(store, { ...options, nowMs: launchedAtMs + 45 })).deleted).toBe(45);
        for (const row of rows) {
          const kept = row.expiresAtMs >= launchedAtMs + 45 ? row : undefined;
          expect(await store.readIdempotency(row.namespace, row.scope, row.key)).toEqual(kept);
        }
      }));

    it("forgets what was learnt of tasks that were not seen for long", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const estimates = Array.from({ length: 40 }, (_, n) =>
          makeEstimate({ class: `class-${n % 2}`, key: `k${n}`, updatedAtMs: launchedAtMs + n }),
        );
        await commit({ estimates });
        const given = { ...options, nowMs: launchedAtMs + hour + 30, estimateRetentionMs: hour };
        expect((await sweep(store, given)).deleted).toBe(30);
        const left = [
          ...(await store.loadEstimates(namespace, "class-0")),
          ...(await store.loadEstimates(namespace, "class-1")),
        ];
        expect(left.toSorted((one, other) => one.updatedAtMs - other.updatedAtMs)).toEqual(estimates.slice(30));
      }));

    it("forgets flaky verdicts of long ago", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const rows = Array.from({ length: 40 }, (_, n) => makeFlaky({ key: `k${n % 2}`, atMs: launchedAtMs + n }));
        await commit({ flaky: rows });
        const given = { ...options, nowMs: launchedAtMs + hour + 30, estimateRetentionMs: hour };
        expect((await sweep(store, given)).deleted).toBe(30);
        const left = await store.listFlaky(namespace, { limit: 9 });
        expect(left.map(({ atMs }) => atMs - launchedAtMs).toSorted((one, other) => one - other)).toEqual([
          30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
        ]);
      }));

    it("prunes a long log in several steps", () =>
      withStore(makePlace, async ({ store, commit }) => {
        const task = finishTask(makeTask({ id: taskId(1) }));
        const rows = Array.from({ length: 95 }, (_, n) => ({ ...logOf(task.id), sequence: n + 1 }));
        await commit({ finishedTasks: [task], logs: rows });
        expect(await sweep(store, { ...options, nowMs: launchedAtMs + 80 * hour })).toEqual({ deleted: 96, most: 10 });
        expect(await store.measureLog(namespace, rows[0]!.trial)).toEqual({ stdout: 0, stderr: 0, sequence: 0 });
      }));
  });
}
