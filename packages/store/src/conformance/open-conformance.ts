import { openAt, withPlace, withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import { launchedAtMs, makeTaskset, plugin, revision, tasksetId, worker } from "./sample-row.js";

/** Opening: epochs, key, orderly end, and what an engine is given at once. */
export function openConformance({ describe, it, expect }: ConformanceKit, makePlace: MakePlace): void {
  describe("open", () => {
    it("gives 64 epochs, a key of 32 bytes and nothing else when it is new", () =>
      withStore(makePlace, async ({ opening }) => {
        expect(opening.epochs).toEqual(Array.from({ length: 64 }, () => 1));
        expect(opening.macKey.length).toBe(32);
        expect(opening.wasClean).toBe(true);
        expect([opening.plugins, opening.revisions, opening.workers, opening.tasksets]).toEqual([[], [], [], []]);
        expect(opening.jobEstimates).toEqual([]);
      }));

    it("raises every epoch, keeps the key and tells an orderly end from another", () =>
      withPlace(makePlace, async (place) => {
        if (!place.isDurable) return;
        const first = await openAt(place);
        await first.store.close(true);
        const second = await openAt(place);
        await second.store.close(false);
        const third = await openAt(place);
        await third.store.close(true);
        expect(second.opening.epochs).toEqual(first.opening.epochs.map((epoch) => epoch + 1));
        expect(third.opening.epochs).toEqual(first.opening.epochs.map((epoch) => epoch + 2));
        expect([...third.opening.macKey]).toEqual([...first.opening.macKey]);
        expect([first, second, third].map(({ opening }) => opening.wasClean)).toEqual([true, true, false]);
      }));

    it("gives plugins, revisions, workers, unfinished tasksets and jobs' estimates", () =>
      withPlace(makePlace, async (place) => {
        if (!place.isDurable) return;
        const open = makeTaskset({ id: tasksetId(1), status: "open" });
        const paused = makeTaskset({ id: tasksetId(2), status: "paused", name: "nightly", policy: { maxTrials: 2 } });
        const ended = makeTaskset({ id: tasksetId(3), status: "failed", endedAtMs: launchedAtMs });
        const estimate = { namespace: "default", class: "images/resize", samples: 3, updatedAtMs: launchedAtMs };
        const ofJob = { ...estimate, key: "", meanMs: 12.25, deviationMs: 0.5 };
        const ofTest = { ...estimate, key: "a.test.js", meanMs: 1, deviationMs: 0 };
        const first = await openAt(place);
        await first.commit({
          plugins: [plugin],
          revisions: [revision],
          workers: [worker, { ...worker, id: "wrk_gone" }],
          tasksets: [open, paused, ended],
          estimates: [ofJob, ofTest],
        });
        await first.commit({ deletedWorkers: [{ namespace: "default", id: "wrk_gone" }] });
        await first.store.close(true);
        const second = await openAt(place);
        await second.store.close(true);
        const { plugins, revisions, workers, tasksets, jobEstimates } = second.opening;
        expect({ plugins, revisions, workers, tasksets, jobEstimates }).toEqual({
          plugins: [plugin],
          revisions: [revision],
          workers: [worker],
          tasksets: [open, paused],
          jobEstimates: [ofJob],
        });
      }));

    it("refuses calls before it is open and after it is closed", () =>
      withPlace(makePlace, async (place) => {
        const store = place.make();
        await expect(store.commit({ fences: [] })).rejects.toMatchObject({ code: "store-failed" });
        await store.open(launchedAtMs);
        await store.close(true);
        await store.close(true);
        await expect(store.commit({ fences: [] })).rejects.toMatchObject({ code: "store-failed" });
        await expect(store.loadTasks(undefined, 1)).rejects.toMatchObject({ code: "store-failed" });
      }));
  });
}
