import { describe, expect, it } from "vitest";
import { namespace, withBed } from "../engine/engine-bed.test.support.js";

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>, settle: () => Promise<void>): Promise<boolean> {
  let is = false;
  const note = (): void => void (is = true);
  promise.then(note, note);
  await settle();
  return is;
}

describe("the engine's loop", () => {
  it(
    "acknowledges after the commit, and not before",
    withBed(async (bed) => {
      const release = bed.store.hold();
      const launched = bed.launch();
      expect(await isSettled(launched, () => bed.settle())).toBe(false);
      release();
      await launched;
    }),
  );

  it(
    "tells those who changed nothing as soon as the batch under way is written",
    withBed(async (bed) => {
      const release = bed.store.hold();
      const launched = bed.launch();
      await bed.settle();
      // Nothing is left to commit: only the batch in flight stands between this and what is durable.
      const committed = bed.engine.loop.committed();
      expect(await isSettled(committed, () => bed.settle())).toBe(false);
      release();
      await launched;
      expect(await isSettled(committed, () => bed.settle())).toBe(true);
    }),
  );

  it(
    "closes while a batch is being written",
    withBed(async (bed) => {
      const release = bed.store.hold();
      void bed.launch();
      await bed.settle();
      const closed = bed.engine.close();
      await bed.settle();
      release();
      expect(await isSettled(closed, () => bed.settle())).toBe(true);
      await bed.start();
      expect(bed.engine.loop.state.counts.queued).toBe(1);
    }),
  );

  it(
    "tries a failed commit again until it succeeds, and refuses new work meanwhile",
    withBed(async (bed) => {
      bed.store.failures = 3;
      const launched = bed.launch();
      await bed.settle();
      await expect(bed.launch()).rejects.toMatchObject({ code: "store-failed", retryable: true });
      expect(bed.operations.storeFailure).toMatchObject({ code: "store-failed" });
      // The pauses grow, so that a disk that stays full is not asked, and told of, all the time.
      for (const pauseMs of [200, 400, 800]) await bed.advance(pauseMs);
      const { task } = await launched;
      expect(bed.engine.measures().commits.failed).toBe(3);
      expect(bed.operations.storeFailure).toBeUndefined();
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({ status: "queued" });
      await bed.launch();
    }),
  );

  it(
    "lets no verdict be seen before its commit",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const { task } = await bed.launch();
      await bed.settle();
      const grant = await worker.accept();
      const release = bed.store.hold();
      await worker.report(grant);
      expect(worker.all("accepted")).toEqual([]);
      expect((await bed.operations.getTask(namespace, task)).status).not.toBe("succeeded");
      release();
      await bed.settle();
      expect(worker.all("accepted")).toHaveLength(1);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("succeeded");
    }),
  );

  it(
    "lets a safe grant leave before its own commit, and no grant before that of its launch",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const first = await bed.launch();
      await bed.settle();
      const release = bed.store.hold();
      await worker.accept();
      // The offer of what is being launched is made at once; its grant waits for the launch.
      const launched = bed.launch();
      await bed.settle();
      await worker.send({ type: "accept", offer: worker.last("offer").offer });
      expect(worker.all("grant").map(({ trial }) => trial)).toEqual([`trial_${first.task.slice(5)}_1`]);
      release();
      const second = await launched;
      await bed.settle();
      expect(worker.last("grant").trial).toBe(`trial_${second.task.slice(5)}_1`);
    }),
  );

  it(
    "lets a grant that is not safe to rerun leave after its commit only",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      await bed.launch({ policy: { safeToRerun: false } });
      await bed.settle();
      const release = bed.store.hold();
      await worker.send({ type: "accept", offer: worker.last("offer").offer });
      expect(worker.all("grant")).toEqual([]);
      release();
      await bed.settle();
      expect(worker.all("grant")).toHaveLength(1);
    }),
  );

  it(
    "lets no grant leave whose trial was given up while its commit lasted",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      await bed.launch({ policy: { safeToRerun: false } });
      await bed.settle();
      const release = bed.store.hold();
      await worker.send({ type: "accept", offer: worker.last("offer").offer });
      await worker.cut();
      await worker.connect();
      // It resumes without the trial, so the task is queued again: the grant, still under way to the store, is void.
      await worker.send(worker.hello());
      release();
      await bed.settle();
      expect(worker.all("welcome")).toHaveLength(2);
      expect(worker.all("grant")).toEqual([]);
      await worker.send({ type: "acquire", revisions: "any", credits: 4 });
      expect((await worker.accept()).number).toBe(2);
    }),
  );

  it(
    "gives back the slot that waits for a grant whose trial was given up while its commit lasted",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const release = bed.store.hold();
      const launched = bed.launch();
      await bed.settle();
      const { offer } = worker.last("offer");
      await worker.send({ type: "accept", offer });
      // It names no trial for so long that the engine takes the grant for one that got lost on its way.
      for (let sequence = 1; worker.all("offer").length < 2; sequence += 1) {
        await bed.advance(2_000);
        await worker.send({ type: "heartbeat", sequence, trials: [] });
      }
      release();
      await launched;
      await bed.settle();
      expect(worker.all("grant")).toEqual([]);
      expect(worker.all("halt")).toEqual([{ type: "halt", offer, reason: "revoked" }]);
    }),
  );
});
