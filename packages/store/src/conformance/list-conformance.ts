import { plainRowOf, type PlainTaskRow, type TaskRow } from "@capstan/core";
import type { TaskQuery, TasksetQuery } from "@capstan/protocol";
import type { Store } from "../store.js";
import { withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import { finishTask, launchedAtMs, makeEstimate, makeTask, makeTaskset, taskId, tasksetId } from "./sample-row.js";

const namespace = "default";

async function listAll(store: Store, query: TaskQuery): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.listTasks(namespace, { ...query, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.items.map(({ row }) => row.id));
    if (page.nextCursor === undefined) return ids;
    cursor = page.nextCursor;
  }
}

/** Reads of many rows: order, filters, pages and chunks. */
export function listConformance(kit: ConformanceKit, makePlace: MakePlace): void {
  kit.describe("lists", () => {
    taskLists(kit, makePlace);
    tasksetLists(kit, makePlace);
    estimateLists(kit, makePlace);
    loads(kit, makePlace);
  });
}

function taskLists({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("finds nothing by a filter that nothing can have", () =>
    withStore(makePlace, async ({ store, commit }) => {
      await commit({ insertedTasks: [makeTask({ id: taskId(1) })] });
      for (const name of ["definition", "plugin", "taskset", "key"] as const)
        expect(await listAll(store, { [name]: "a\0b" })).toEqual([]);
    }));

  it("lists tasks newest first, unfinished and finished alike, page by page and by every filter", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const set = tasksetId(1);
      const tasks = Array.from({ length: 40 }, (_, n) =>
        makeTask({
          id: taskId(n, { partition: n % 3 }),
          taskset: n >= 10 && n < 30 && n % 2 === 0 ? set : null,
          key: `k${n}`,
          definition: n % 5 === 0 ? "images/crop" : n % 7 === 0 ? "images2/crop" : "images/resize",
          status: n % 4 === 0 ? "waiting" : "queued",
        }),
      ).toSorted((left, right) => (left.id < right.id ? -1 : 1));
      const isDone = (n: number) => n % 3 === 0;
      const members = tasks.filter(({ taskset }) => taskset === set);
      const range = { firstTask: members[0]!.id, lastTask: members.at(-1)!.id };
      await commit({ tasksets: [makeTaskset({ id: set, ...range })], insertedTasks: tasks });
      const finishedTasks = tasks
        .filter((_, n) => isDone(n))
        .map((task, n) => finishTask(task, { status: n % 2 === 0 ? "succeeded" : "failed" }));
      await commit({ finishedTasks });
      await commit({ insertedTasks: [makeTask({ id: taskId(5), namespace: "other" })] });

      const newest = tasks.toReversed();
      const ids = (keep: (task: (typeof tasks)[number], n: number) => boolean) =>
        newest.filter((task) => keep(task, tasks.indexOf(task))).map(({ id }) => id);
      const failed = new Set(finishedTasks.filter(({ status }) => status === "failed").map(({ id }) => id));
      for (const limit of [1, 3, 7, 1_000]) {
        expect(await listAll(store, { limit })).toEqual(ids(() => true));
        expect(await listAll(store, { limit, status: "waiting" })).toEqual(
          ids(({ status }, n) => !isDone(n) && status === "waiting"),
        );
        expect(await listAll(store, { limit, status: "failed" })).toEqual(ids(({ id }) => failed.has(id)));
        expect(await listAll(store, { limit, taskset: set })).toEqual(ids(({ taskset }) => taskset === set));
        expect(await listAll(store, { limit, plugin: "images" })).toEqual(
          ids(({ definition }) => definition.startsWith("images/")),
        );
        expect(await listAll(store, { limit, definition: "images/crop", taskset: set })).toEqual(
          ids(({ definition, taskset }) => definition === "images/crop" && taskset === set),
        );
        expect(await listAll(store, { limit, key: "k13" })).toEqual(ids(({ key }) => key === "k13"));
      }
      expect(await listAll(store, { taskset: tasksetId(2) })).toEqual([]);
      expect(await listAll(store, { status: "offered" })).toEqual([]);
    }));

  it("looks at a bounded number of rows a page, and finds a rare task all the same", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const rare = makeTask({ id: taskId(0), definition: "images/rare" });
      const others = Array.from({ length: 45_000 }, (_, n) => makeTask({ id: taskId(n + 1) }));
      await commit({ insertedTasks: [rare, ...others] });
      const page = await store.listTasks(namespace, { definition: "images/rare" });
      expect(page.items).toEqual([]);
      expect(typeof page.nextCursor).toBe("string");
      expect(await listAll(store, { definition: "images/rare" })).toEqual([rare.id]);
    }));

  it("refuses a cursor that is none", () =>
    withStore(makePlace, async ({ store }) => {
      for (const cursor of ["", "x", "task_0", tasksetId(1), "' OR 1=1 --"]) {
        await expect(store.listTasks(namespace, { cursor })).rejects.toMatchObject({ code: "invalid-cursor" });
      }
      await expect(store.listTasksets(namespace, { cursor: taskId(1) })).rejects.toMatchObject({
        code: "invalid-cursor",
      });
    }));
}

function estimateLists({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("lists estimates by key, after any key, also one that is gone or was never there", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const of = "class\u0000one";
      const keys = ["", "B", "a", "a\u0000", "a b", "\u00e4"];
      const estimates = keys.map((key) => makeEstimate({ class: of, key }));
      const others = [makeEstimate({ class: "class", key: "a" }), makeEstimate({ namespace: "other", class: of })];
      await commit({ estimates: [...estimates.toReversed(), ...others] });
      const keysAfter = async (after: string | undefined, limit: number): Promise<string[]> => {
        const range = { class: of, limit, ...(after !== undefined && { after }) };
        return (await store.listEstimates(namespace, range)).map(({ key }) => key);
      };
      expect(await store.listEstimates(namespace, { class: of, limit: 9 })).toEqual(estimates);
      expect(await keysAfter(undefined, 2)).toEqual(keys.slice(0, 2));
      for (const [at, key] of keys.entries()) expect(await keysAfter(key, 2)).toEqual(keys.slice(at + 1, at + 3));
      expect(await keysAfter("Z", 2)).toEqual(["a", "a\u0000"]);
    }));
}

function tasksetLists({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("lists tasksets newest first, by name, status and activity", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const statuses = ["open", "running", "failed", "paused", "succeeded", "cancelled"] as const;
      const sets = Array.from({ length: 24 }, (_, n) => {
        const status = statuses[n % statuses.length]!;
        const endedAtMs = ["failed", "succeeded", "cancelled"].includes(status) ? launchedAtMs : null;
        return makeTaskset({ id: tasksetId(n), status, endedAtMs, name: n % 4 === 0 ? "nightly" : null });
      });
      await commit({ tasksets: [...sets, makeTaskset({ id: tasksetId(3), namespace: "other" })] });
      const listIds = async (query: TasksetQuery) => {
        const found: string[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await store.listTasksets(namespace, { ...query, ...(cursor !== undefined && { cursor }) });
          found.push(...page.items.map(({ id }) => id));
          if (page.nextCursor === undefined) return found;
          cursor = page.nextCursor;
        }
      };
      const ids = (keep: (set: (typeof sets)[number]) => boolean) =>
        sets
          .filter(keep)
          .map(({ id }) => id)
          .toReversed();
      for (const limit of [2, 5, 100]) {
        expect(await listIds({ limit })).toEqual(ids(() => true));
        expect(await listIds({ limit, name: "nightly" })).toEqual(ids(({ name }) => name === "nightly"));
        expect(await listIds({ limit, status: "paused" })).toEqual(ids(({ status }) => status === "paused"));
        expect(await listIds({ limit, isActive: true })).toEqual(ids(({ endedAtMs }) => endedAtMs === null));
        expect(await listIds({ limit, isActive: false })).toEqual(ids(({ endedAtMs }) => endedAtMs !== null));
      }
      expect(await store.readTaskset(sets[3]!)).toEqual(sets[3]);
    }));
}

function loads({ it, expect }: ConformanceKit, makePlace: MakePlace): void {
  it("loads unfinished tasks in chunks in the order of ids over all namespaces, those without a past shortened", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const tasks = Array.from({ length: 120 }, (_, n) =>
        makeTask({
          id: taskId(n, { timeMs: launchedAtMs + n }),
          namespace: n < 40 ? "first" : `space-${(n * 7) % 5}`,
          trialsTotal: n % 3 === 0 ? 1 : 0,
        }),
      );
      await commit({ insertedTasks: tasks.toReversed() });
      for (const limit of [1, 7, 60, 1_000]) {
        const loaded: (TaskRow | PlainTaskRow)[] = [];
        for (let after: string | undefined; ; after = loaded.at(-1)!.id) {
          const chunk = await store.loadTasks(after, limit);
          expect(chunk.length).toBeLessThanOrEqual(limit);
          loaded.push(...chunk);
          if (chunk.length < limit) break;
        }
        expect(loaded).toEqual(tasks.map((task) => plainRowOf(task) ?? { ...task, inputJson: null }));
      }
    }));

  it("loads the finished tasks of a taskset that a rerun takes", () =>
    withStore(makePlace, async ({ store, commit }) => {
      const set = makeTaskset({ id: tasksetId(1), firstTask: taskId(1), lastTask: taskId(20) });
      const statuses = ["succeeded", "skipped", "failed", "abandoned", "cancelled"] as const;
      const finished = Array.from({ length: 20 }, (_, n) =>
        finishTask(makeTask({ id: taskId(n + 1), taskset: n === 7 ? null : set.id }), { status: statuses[n % 5]! }),
      );
      await commit({ tasksets: [set], finishedTasks: finished });
      const mine = finished.filter(({ taskset }) => taskset === set.id);
      expect(await store.loadFinished(set, "all", { limit: 100 })).toEqual(mine);
      const bad = mine.filter(({ status }) => ["failed", "abandoned", "cancelled"].includes(status));
      expect(await store.loadFinished(set, "unsuccessful", { limit: 100 })).toEqual(bad);
      expect(await store.loadFinished(set, "unsuccessful", { limit: 3, after: bad[1]!.id })).toEqual(bad.slice(2, 5));
      expect(await store.loadFinished({ namespace, id: tasksetId(9) }, "all", { limit: 5 })).toEqual([]);
    }));
}
