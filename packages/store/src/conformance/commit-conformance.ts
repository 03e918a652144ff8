import { limits } from "@capstan/protocol/plain";
import { withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import {
  finishTask,
  launchedAtMs,
  makeIdempotency,
  makeOfferRow,
  makePhaseRow,
  makeTask,
  makeTaskset,
  makeTrial,
  makeTrialEnd,
  taskId,
  tasksetId,
  makeEstimate,
  makeFlaky,
  makeMuted,
} from "./sample-row.js";

const namespace = "default";

/** Commits: what each list of a batch does, and that a batch is written whole or not at all. */
export function commitConformance(kit: ConformanceKit, makePlace: MakePlace): void {
  kit.describe("commit", () => {
    taskLife(kit, makePlace);
    reruns(kit, makePlace);
    offers(kit, makePlace);
    workspaces(kit, makePlace);
    wholeness(kit, makePlace);
    sideRows(kit, makePlace);
    longKeys(kit, makePlace);
  });
}

function taskLife({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("keeps every field of an unfinished task", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const plain = makeTask({ id: taskId(1) });
      const full = makeTask({
        id: taskId(2),
        taskset: tasksetId(1),
        key: "ключ 'quoted' \u0000 \u0001 0",
        profile: "test",
        policy: { maxTrials: 2, labels: ["gpu"] },
        inputJson: null,
        inputBlob: `{"digest":"sha256:${"0".repeat(64)}","bytes":70000}`,
        idempotencyKey: "a\u0000b",
        status: "running",
        waitsFor: "permit",
        estimateMs: 12.75,
        notBeforeMs: launchedAtMs + 1,
        expiresAtMs: launchedAtMs + 2,
        queuedAtMs: null,
        round: 2,
        trialsTotal: 4,
        trialsCounted: 3,
        trialsLost: 1,
        doublings: 2,
        isFront: true,
        lastWorker: "wrk_0123456789abcdefghjkmn",
        trials: [
          {
            n: 4,
            token: { partition: 7, epoch: 3, sequence: 99 },
            worker: "wrk_0123456789abcdefghjkmn",
            workerName: "alpha",
            grantedAtMs: launchedAtMs,
            isTwin: true,
            status: "running",
          },
        ],
      });
      await commit({ insertedTasks: [plain, full] });
      expect(await store.readTask(plain)).toEqual({ isFinished: false, row: plain });
      expect(await store.readTask(full)).toEqual({ isFinished: false, row: full });
      expect(await store.readTask({ namespace: "other", id: plain.id })).toBeUndefined();
      expect(await store.readInputs([full, plain, { namespace, id: taskId(9) }])).toEqual([
        null,
        plain.inputJson,
        null,
      ]);
    }));

  it("updates the state of a task and leaves its input", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const task = makeTask({ id: taskId(1) });
      const updated = { ...task, status: "waiting" as const, waitsFor: "time" as const, trialsCounted: 1 };
      await commit({ insertedTasks: [task] });
      await commit({ updatedTasks: [{ ...updated, inputJson: null }] });
      expect(await store.readTask(task)).toEqual({ isFinished: false, row: updated });
    }));

  it("moves a finished task to history with its input and last trial", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const task = makeTask({ id: taskId(1), key: "a" });
      const lastTrial = makeTrialEnd({
        status: "error",
        cause: "exit 3",
        isCounted: true,
        outputJson: null,
        outputBlob: `{"digest":"sha256:${"1".repeat(64)}","bytes":9}`,
        errorJson: '{"message":"no"}',
        countsJson: '{"passed":1}',
        usageJson: '{"cpuMs":1.5}',
      });
      const finished = finishTask(task, { status: "failed", cause: "error", reason: "it \u0000 broke", lastTrial });
      await commit({ insertedTasks: [task] });
      await commit({ finishedTasks: [{ ...finished, inputJson: null }] });
      expect(await store.readTask(task)).toEqual({ isFinished: true, row: finished });
      expect(await store.loadTasks(undefined, 10)).toEqual([]);
    }));

  it("stores a task that was launched and finished in one batch, with its input", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const finished = finishTask(makeTask({ id: taskId(1) }), { status: "cancelled", lastTrial: null });
      await commit({ finishedTasks: [finished] });
      expect(await store.readTask(finished)).toEqual({ isFinished: true, row: finished });
    }));

  it("discards the tasks and the taskset of a broken stream, and no others", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const ids = [1, 2, 3, 4].map((n) => taskId(n));
      const [before, first, other, last] = ids.map((id, at) =>
        makeTask({ id, taskset: at % 2 === 1 ? tasksetId(1) : null }),
      );
      const elsewhere = { ...last!, namespace: "other" };
      await commit({
        tasksets: [makeTaskset({ id: tasksetId(1), firstTask: ids[1]!, lastTask: ids[3]! })],
        insertedTasks: [before!, first!, other!, last!, elsewhere],
      });
      await commit({ discardedTasksets: [{ namespace, id: tasksetId(1) }] });
      expect(await store.readTasks(namespace, ids)).toMatchObject([before!, other!]);
      expect(await store.readTasks("other", ids)).toMatchObject([elsewhere]);
      expect(await store.readTaskset({ namespace, id: tasksetId(1) })).toBeUndefined();
    }));
}

function reruns({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("takes a task back from history: its input stays, its last trial gets a row", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const task = makeTask({ id: taskId(1) });
      const finished = finishTask(task, {
        status: "failed",
        cause: "failed",
        trialsTotal: 2,
        lastTrial: makeTrialEnd({ n: 2 }),
      });
      const earlier = makeTrial(task.id, { status: "failed", isCounted: true });
      await commit({ finishedTasks: [finished], trials: [earlier] });
      const again = { ...task, round: 2, trialsTotal: 2 };
      await commit({ reopenedTasks: [{ ...again, inputJson: null }] });
      expect(await store.readTask(task)).toEqual({ isFinished: false, row: again });
      expect(await store.readTrials(task)).toEqual([earlier, makeTrial(task.id, { n: 2 })]);
      expect((await store.listTasks(namespace, {})).items).toEqual([{ isFinished: false, row: again }]);
    }));

  it("keeps the earlier verdict's trial when a rerun finishes within one batch", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const task = makeTask({ id: taskId(1) });
      await commit({ finishedTasks: [finishTask(task)] });
      const second = finishTask(task, { round: 2, status: "cancelled", lastTrial: null });
      await commit({ finishedTasks: [{ ...second, inputJson: null }] });
      expect(await store.readTask(task)).toEqual({ isFinished: true, row: second });
      expect(await store.readTrials(task)).toEqual([makeTrial(task.id)]);
    }));
}

function offers({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("keeps the last offers of a task that came to nothing, oldest first", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const kept = Array.from({ length: limits.offersMax + 3 }, (_, n) => makeOfferRow(taskId(1), n));
      const other = makeOfferRow(taskId(2), 99);
      await commit({ offers: [...kept.slice(0, 5), other] });
      await commit({ offers: kept.slice(5) });
      expect(await store.readOffers({ namespace, id: taskId(1) })).toEqual(kept.slice(3));
      expect(await store.readOffers({ namespace, id: taskId(2) })).toEqual([other]);
      expect(await store.readOffers({ namespace: "other", id: taskId(1) })).toEqual([]);
    }));
}

function workspaces({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("keeps a taskset's workspace, and of each phase the last end on each worker", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const tree = { digest: `sha256:${"0".repeat(64)}`, bytes: 12 };
      const workspace = { tree, setup: { script: "npm ci\n", timeoutMs: 5 }, isStrict: true };
      const taskset = makeTaskset({ id: tasksetId(1), workspace });
      const { id } = taskset;
      const other = makePhaseRow(id, { worker: "wrk_other", phase: "sync", message: null, log: null, endedAtMs: 1 });
      await commit({ tasksets: [taskset], phases: [makePhaseRow(id), other] });
      const again = makePhaseRow(id, { status: "succeeded", message: null });
      await commit({ phases: [again, makePhaseRow(tasksetId(9))] });
      expect(await store.readTaskset({ namespace, id })).toEqual(taskset);
      expect(await store.readPhases({ namespace, id })).toEqual([other, again]);
      expect(await store.readPhases({ namespace: "other", id })).toEqual([]);
    }));
}

function wholeness({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("refuses a batch whose fence is behind, naming the partitions, and writes nothing of it", () =>
    withStore(makePlace, async ({ store, opening }) => {
      const epoch = opening.epochs[7]!;
      const fences = [
        { partition: 7, epoch },
        { partition: 8, epoch: epoch - 1 },
        { partition: 9, epoch: epoch + 1 },
      ];
      const insertedTasks = [makeTask({ id: taskId(1) })];
      await expect(store.commit({ fences, insertedTasks })).rejects.toMatchObject({
        name: "FencedError",
        partitions: [8, 9],
      });
      expect(await store.loadTasks(undefined, 10)).toEqual([]);
      await store.commit({ fences: fences.slice(0, 1), insertedTasks });
      expect((await store.loadTasks(undefined, 10)).length).toBe(1);
    }));

  it("writes nothing of a batch one row of which is refused, and goes on", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const task = makeTask({ id: taskId(1) });
      const trial = `trial_${task.id.slice(5)}_1`;
      const log = { namespace, trial, stream: "stdout" as const, sequence: 1, text: "once", atMs: launchedAtMs };
      await commit({ insertedTasks: [task] });
      const tasksets = [makeTaskset({ id: tasksetId(1) })];
      const refused = { tasksets, insertedTasks: [makeTask({ id: taskId(2) }), task], logs: [log] };
      await expect(commit(refused)).rejects.toMatchObject({ code: "internal" });
      await expect(commit({ tasksets, updatedTasks: [makeTask({ id: taskId(3) })] })).rejects.toMatchObject({
        code: "internal",
      });
      expect(await store.readTaskset({ namespace, id: tasksetId(1) })).toBeUndefined();
      expect((await store.loadTasks(undefined, 10)).map(({ id }) => id)).toEqual([task.id]);
      await commit({ tasksets, logs: [log] });
      expect(await store.measureLog(namespace, trial)).toEqual({ stdout: 4, stderr: 0, sequence: 1 });
    }));

  it("takes an empty batch", () =>
    withStore(makePlace, async ({ store, commit }) => {
      await commit({});
      await store.commit({ fences: [] });
    }));
}

function sideRows({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("finds an idempotency key in its scope and namespace only, and replaces it", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const row = makeIdempotency({ key: "k\u0000one" });
      await commit({ idempotencies: [row, makeIdempotency({ key: "k" })] });
      expect(await store.readIdempotency(namespace, row.scope, row.key)).toEqual(row);
      expect(await store.readIdempotency(namespace, "taskset", row.key)).toBeUndefined();
      expect(await store.readIdempotency("other", row.scope, row.key)).toBeUndefined();
      await commit({ idempotencies: [{ ...row, digest: "d2" }] });
      expect(await store.readIdempotency(namespace, row.scope, row.key)).toEqual({ ...row, digest: "d2" });
    }));

  it("takes names that no UTF-8 can tell apart for one", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const base = makeEstimate({ class: "unit" });
      await commit({ estimates: ["\ud800", "\udfff"].map((key, at) => ({ ...base, key, samples: at + 1 })) });
      expect(await store.loadEstimates(namespace, "unit")).toEqual([{ ...base, key: "\ufffd", samples: 2 }]);
    }));

  it("gives the estimates of a class", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const base = { namespace, class: "unit", meanMs: 1.5, deviationMs: 0.25, samples: 2, updatedAtMs: launchedAtMs };
      const estimates = ["a", "b"].map((key) => ({ ...base, key }));
      await commit({ estimates: [...estimates, { ...base, class: "other", key: "a" }] });
      await commit({ estimates: [{ ...base, key: "b", samples: 3 }] });
      expect(await store.loadEstimates(namespace, "unit")).toEqual([estimates[0], { ...base, key: "b", samples: 3 }]);
    }));

  it("gives the trials of a task, oldest first", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const trials = [10, 2, 1].map((n) => makeTrial(taskId(1), { n, status: "lost", worker: null, workerName: null }));
      await commit({ trials: [...trials, makeTrial(taskId(2))] });
      expect((await store.readTrials({ namespace, id: taskId(1) })).map(({ n }) => n)).toEqual([1, 2, 10]);
      expect(await store.readTrials({ namespace, id: taskId(1) })).toEqual(trials.toReversed());
    }));

  it("keeps the last flaky verdicts of a key, with the trial and the examples that failed in its round", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const passes = { samples: 7, class: "suite" };
      const outputJson = JSON.stringify({ examples: [exampleOf("a", "failed"), exampleOf("b", "passed")] });
      const failed = { status: "failed" as const, isCounted: true };
      const task = taskId(1);
      const row = makeFlaky({ key: "k\u0000", task, round: 2 });
      await commit({ estimates: [makeEstimate({ ...passes, key: row.key })] });
      await commit({
        trials: [
          makeTrial(task, { n: 1, round: 1, ...failed, outputJson: JSON.stringify({ examples: [exampleOf("old")] }) }),
          makeTrial(task, { n: 2, round: 2, ...failed, outputJson }),
          makeTrial(task, { n: 3, round: 2, status: "lost", isCounted: true }),
        ],
        flaky: [row, makeFlaky({ key: "other", task: taskId(2) })],
      });
      const { round: _, ...facts } = row;
      const stored = { ...facts, trial: 2, examples: [{ id: "a", name: "A" }], passesNow: 7 };
      expect(await store.listFlaky(namespace, { class: "suite", key: row.key, limit: 9 })).toEqual([stored]);
      expect(await store.listFlaky(namespace, { after: ["suite", row.key], limit: 9 })).toMatchObject([
        { key: "other", trial: null, examples: [], passesNow: 0 },
      ]);
      expect(await store.listFlaky("other", { limit: 9 })).toEqual([]);
      const more = Array.from({ length: limits.flakyMax + 1 }, (_each, n) =>
        makeFlaky({ key: "other", task: taskId(2), atMs: launchedAtMs + n + 1 }),
      );
      await commit({ flaky: more });
      const kept = await store.listFlaky(namespace, { key: "other", limit: 1 });
      expect(kept.map(({ atMs }) => atMs)).toEqual(more.slice(1).map(({ atMs }) => atMs));
    }));
}

function longKeys({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("takes keys and names as long as they may be, of whatever characters", () =>
    withStore(makePlace, async ({ store, commit, opening }) => {
      // As random as text can be, so that nothing can be compressed.
      const long = (length: number) =>
        Array.from({ length }, (_, n) => String.fromCodePoint(0x20000 + ((n * 40_503) % 0xa000))).join("");
      const [name, key, example] = [long(200), long(limits.keyBytesMax), long(limits.mutedExampleCharactersMax)];
      const estimate = makeEstimate({ class: name, key });
      const idempotency = makeIdempotency({ scope: "a".repeat(401), key });
      const flaky = makeFlaky({ class: name, key });
      await commit({ estimates: [estimate], idempotencies: [idempotency], flaky: [flaky] });
      expect(await store.loadEstimates(namespace, name)).toEqual([estimate]);
      expect(await store.readIdempotency(namespace, idempotency.scope, key)).toEqual(idempotency);
      expect(await store.listFlaky(namespace, { class: name, key, limit: 1 })).toMatchObject([{ class: name, key }]);
      const muted = makeMuted({ class: name, key, example });
      await store.changeMuted({ fence: { partition: 7, epoch: opening.epochs[7]! }, muted: [muted] });
      expect(await store.listMuted(namespace, { nowMs: launchedAtMs, limit: 9 })).toEqual([muted]);
      const taskset = makeTaskset({ id: tasksetId(1), name });
      await commit({ tasksets: [taskset] });
      expect((await store.listTasksets(namespace, { name })).items).toEqual([taskset]);
    }));
}

function exampleOf(id: string, status = "failed"): object {
  return { id, name: id.toUpperCase(), status, durationMs: 1 };
}
