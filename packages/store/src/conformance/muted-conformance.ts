import type { MutedRow, Store } from "../store.js";
import { openAt, withPlace, withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import { launchedAtMs, makeMuted, makeTask, taskId } from "./sample-row.js";

const namespace = "default";
const nowMs = launchedAtMs;

async function listAll(store: Store, limit = 100): Promise<readonly MutedRow[]> {
  const rows: MutedRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last === undefined ? {} : { after: [last.class, last.key, last.example] as const };
    const page = await store.listMuted(namespace, { nowMs, limit, ...after });
    rows.push(...page);
    if (page.length < limit) return rows;
  }
}

/** The lists of muted tests: order, pages, replacement, expiry, fences, and that they outlive an engine. */
export function mutedConformance({ describe, it, expect }: ConformanceKit, makePlace: MakePlace): void {
  describe("muted tests", () => {
    it("are listed by class, key and example, the whole task first, page by page", () =>
      withStore(makePlace, async ({ store, opening }) => {
        const fence = { partition: 7, epoch: opening.epochs[7]! };
        const rows = [
          makeMuted({ class: "a", key: "z" }),
          makeMuted({ key: "k", expiresAtMs: nowMs + 1 }),
          makeMuted({ key: "k", example: "adds", reason: null, by: null }),
          makeMuted({ key: "k", example: "a\u0000" }),
          makeMuted({ key: "k\u0000" }),
        ];
        const [byClass, whole, adds, nul, other] = rows as [MutedRow, MutedRow, MutedRow, MutedRow, MutedRow];
        const elsewhere = makeMuted({ namespace: "other" });
        await store.changeMuted({ fence, muted: [other, nul, adds, elsewhere, whole, byClass] });
        const sorted = [byClass, whole, nul, adds, other];
        for (const limit of [1, 2, 100]) expect(await listAll(store, limit)).toEqual(sorted);
        expect(await store.listMuted(namespace, { class: "suite", key: "k", nowMs, limit: 9 })).toEqual(
          sorted.slice(1, 4),
        );
        expect(await store.listMuted("other", { nowMs, limit: 9 })).toEqual([elsewhere]);
        expect(await store.countMuted(namespace, nowMs)).toBe(5);
      }));

    it("are replaced, taken away, and gone when their time is over", () =>
      withStore(makePlace, async ({ store, opening }) => {
        const fence = { partition: 7, epoch: opening.epochs[7]! };
        const [one, two, past] = [
          makeMuted({ key: "one" }),
          makeMuted({ key: "two", example: "x" }),
          makeMuted({ key: "past", expiresAtMs: nowMs }),
        ];
        await store.changeMuted({ fence, muted: [one, two, past] });
        const again = { ...one, reason: "still", expiresAtMs: nowMs + 5 };
        await store.changeMuted({ fence, muted: [again], unmuted: [{ ...two, example: null }] });
        expect(await listAll(store)).toEqual([again, two]);
        expect(await store.countMuted(namespace, nowMs)).toBe(2);
        await store.changeMuted({ fence, unmuted: [two] });
        expect(await listAll(store)).toEqual([again]);
        const options = { nowMs: nowMs + 1, taskRetentionMs: 1, logRetentionMs: 1, rowsMax: 10 };
        let deleted = 0;
        for (let hasMore = true; hasMore;) {
          const step = await store.prune(options);
          deleted += step.deleted;
          hasMore = step.hasMore;
        }
        expect(deleted).toBe(1);
        expect(await listAll(store)).toEqual([again]);
      }));

    it("are not changed by an engine whose fence is behind", () =>
      withStore(makePlace, async ({ store, opening }) => {
        const fence = { partition: 7, epoch: opening.epochs[7]! - 1 };
        const change = { fence, muted: [makeMuted()] };
        await expect(store.changeMuted(change)).rejects.toMatchObject({ name: "FencedError", partitions: [7] });
        expect(await listAll(store)).toEqual([]);
      }));

    it("are changed beside a commit, and outlive an engine that did not end in order", () =>
      withPlace(makePlace, async (place) => {
        if (!place.isDurable) return;
        const { store, opening, commit } = await openAt(place);
        const fence = { partition: 7, epoch: opening.epochs[7]! };
        const task = makeTask({ id: taskId(1) });
        await Promise.all([
          commit({ insertedTasks: [task] }),
          store.changeMuted({ fence, muted: [makeMuted()] }),
          commit({ insertedTasks: [makeTask({ id: taskId(2) })] }),
        ]);
        await store.close(false);
        const next = await openAt(place);
        expect(await listAll(next.store)).toEqual([makeMuted()]);
        expect((await next.store.loadTasks(undefined, 9)).length).toBe(2);
        await next.store.close(true);
      }));
  });
}
