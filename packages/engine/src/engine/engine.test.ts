import { checkState } from "@capstan/core";
import { describe, expect, it } from "vitest";
import { namespace, pluginManifest, withBed, type EngineBed, type TestWorker } from "./engine-bed.test.support.js";

/** A worker with a granted trial. */
async function running(bed: EngineBed, policy: object = {}) {
  const worker = bed.worker();
  await worker.join();
  const { task } = await bed.launch({ policy });
  await bed.settle();
  const grant = await worker.accept();
  return { worker, task, grant };
}

async function restart(bed: EngineBed): Promise<void> {
  await bed.kill();
  await bed.start();
  await bed.settle();
}

function held(task: string, { trial, token, revision }: { trial: string; token: string; revision: string }) {
  return { trial, task, token, revision, state: "running" } as const;
}

describe("an engine that starts again after it was killed", () => {
  it(
    "has every launch that was acknowledged",
    withBed(async (bed) => {
      const launched = await Promise.all(Array.from({ length: 20 }, () => bed.launch()));
      await restart(bed);
      for (const { task } of launched) expect((await bed.operations.getTask(namespace, task)).status).toBe("queued");
    }),
  );

  it(
    "adopts a trial whose grant was never stored",
    withBed(async (bed) => {
      const { worker, task, grant } = await running(bed);
      await restart(bed);
      // A safe grant is written when it has lasted for a while: this one left no trace.
      expect((await bed.operations.getTask(namespace, task)).status).toBe("queued");
      const welcome = await worker.join({ trials: [held(task, grant)] });
      expect(welcome.fates).toEqual([{ trial: grant.trial, fate: "adopted" }]);
      expect(bed.engine.loop.state.trials.size).toBe(1);
      await worker.report(grant);
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({
        status: "succeeded",
        trials: { total: 1 },
      });
    }),
  );

  it(
    "grants queued tasks again when every worker is back, or after one lease",
    withBed(async (bed) => {
      const [one, two] = [bed.worker(), bed.worker()];
      await one.join({ name: "one" });
      await two.join({ name: "two" }, 0);
      await bed.launch();
      await restart(bed);
      one.messages.length = 0;
      await one.join({ name: "one" });
      expect(one.all("offer")).toEqual([]);
      await two.join({ name: "two" }, 0);
      await bed.settle();
      expect(one.all("offer")).toHaveLength(1);
      await restart(bed);
      one.messages.length = 0;
      await one.join({ name: "one" });
      for (let second = 0; second < 10; second += 1) {
        await one.send({ type: "heartbeat", sequence: second });
        expect(one.all("offer")).toEqual([]);
        await bed.advance(1_000);
      }
      expect(one.all("offer")).toHaveLength(1);
    }),
  );

  it(
    "waits for nobody after an orderly end",
    withBed(async (bed) => {
      const [one, two] = [bed.worker(), bed.worker()];
      await one.join({ name: "one" });
      await two.join({ name: "two" });
      await bed.engine.close();
      await bed.start();
      await bed.launch();
      one.messages.length = 0;
      await one.join({ name: "one" });
      await bed.settle();
      expect(one.all("offer")).toHaveLength(1);
    }),
  );

  it(
    "stops a trial whose task was granted again meanwhile, and takes its report no more",
    withBed(async (bed) => {
      const { worker, task, grant } = await running(bed);
      await restart(bed);
      const other = bed.worker();
      await other.join({ name: "other" });
      for (let second = 0; second < 11; second += 1) {
        await other.send({ type: "heartbeat", sequence: second });
        await bed.advance(1_000);
      }
      const again = await other.accept();
      expect(again.task).toBe(task);
      const welcome = await worker.join({ trials: [held(task, grant)] }, 0);
      expect(welcome.fates).toMatchObject([{ trial: grant.trial, fate: "stop" }]);
      await worker.report(grant);
      expect(worker.last("refused").reason).toBe("stale-lease");
      await other.report(again);
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({
        status: "succeeded",
        trials: { total: 1 },
      });
    }),
  );

  it(
    "gives no token twice",
    withBed(async (bed) => {
      const { grant } = await running(bed, { safeToRerun: false });
      await restart(bed);
      const { grant: other } = await running(bed, { safeToRerun: false });
      const epochOf = (token: string) => Number(token.split(".")[1]);
      expect(epochOf(other.token)).toBeGreaterThan(epochOf(grant.token));
    }),
  );

  it(
    "knows a trial of a task that is not safe to rerun, and never grants it again",
    withBed(async (bed) => {
      const { worker, task, grant } = await running(bed, { safeToRerun: false });
      await restart(bed);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("granted");
      await worker.join({ trials: [held(task, grant)] });
      for (let second = 0; second < 11; second += 1) await bed.advance(1_000);
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({ status: "failed", cause: "lost" });
      expect(worker.all("offer")).toHaveLength(1);
    }),
  );

  it(
    "goes on cancelling what was being cancelled",
    withBed(async (bed) => {
      const { worker, task, grant } = await running(bed);
      expect((await bed.operations.cancelTask(namespace, task)).status).toBe("cancelling");
      await restart(bed);
      await worker.join({ trials: [held(task, grant)] });
      const { trial, token } = grant;
      expect(worker.all("stop").at(-1)).toMatchObject({ trial, reason: "cancel" });
      await worker.send({ type: "stopped", trial, token, timings: { durationMs: 1 }, hasBegun: true });
      expect((await bed.operations.getTask(namespace, task)).status).toBe("cancelled");
    }),
  );
});

describe("a rerun", () => {
  it(
    "that is asked for twice while the store is slow opens one round",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const { task } = await bed.launch();
      await bed.settle();
      await worker.report(await worker.accept());
      const release = bed.store.hold();
      // What is under way to the store holds both up, each after it has looked.
      const under = bed.launch();
      const reruns = Promise.allSettled([0, 1].map(() => bed.operations.rerunTask(namespace, task, {})));
      await bed.settle();
      release();
      const outcomes = await reruns;
      await under;
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "not-final" } });
      expect((await bed.operations.getTask(namespace, task)).round).toBe(2);
    }),
  );
});

describe("pause, resume and cancel", () => {
  async function paused(bed: EngineBed) {
    const worker = bed.worker();
    await worker.join();
    const tasks = [{ input: { command: "true" } }];
    const { taskset } = await bed.operations.launchTaskset(namespace, { definition: "command/run", tasks });
    await bed.settle();
    return { worker, taskset };
  }

  it(
    "halts a worker that had an offer when the taskset was paused, and offers again after resume",
    withBed(async (bed) => {
      const { worker, taskset } = await paused(bed);
      await bed.operations.pauseTaskset(namespace, taskset, {});
      await worker.send({ type: "accept", offer: worker.last("offer").offer });
      expect(worker.last("halt").reason).toBe("paused");
      await worker.send({ type: "acquire", revisions: "any", credits: 1 });
      expect(worker.all("offer")).toHaveLength(1);
      await bed.operations.resumeTaskset(namespace, taskset);
      await bed.settle();
      expect(worker.all("offer")).toHaveLength(2);
      await expect(bed.operations.resumeTaskset(namespace, taskset)).rejects.toMatchObject({ code: "not-paused" });
    }),
  );

  it(
    "survives in the store: a paused taskset is paused after a restart",
    withBed(async (bed) => {
      const { taskset } = await paused(bed);
      await bed.operations.pauseTaskset(namespace, taskset, {});
      await restart(bed);
      expect((await bed.operations.getTaskset(namespace, taskset)).status).toBe("paused");
      const worker = bed.worker();
      await worker.join();
      await bed.advance(11_000);
      expect(worker.all("offer")).toEqual([]);
    }),
  );

  it(
    "answers a cancel that is made twice, and refuses one that comes after the end",
    withBed(async (bed) => {
      const { task, worker, grant } = await running(bed);
      const [first, second] = await Promise.all([
        bed.operations.cancelTask(namespace, task),
        bed.operations.cancelTask(namespace, task),
      ]);
      expect([first.status, second.status]).toEqual(["cancelling", "cancelling"]);
      const { trial, token } = grant;
      await worker.send({ type: "stopped", trial, token, timings: { durationMs: 1 }, hasBegun: true });
      await expect(bed.operations.cancelTask(namespace, task)).rejects.toMatchObject({ code: "already-final" });
    }),
  );

  it(
    "lets the one that was applied first decide: cancel or result",
    withBed(async (bed) => {
      const { task, worker, grant } = await running(bed);
      await bed.operations.cancelTask(namespace, task);
      await worker.report(grant);
      expect(worker.all("accepted")).toHaveLength(1);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("cancelled");
    }),
  );
});

describe("versions of a plugin", () => {
  const launch = (bed: EngineBed) => bed.launch({ definition: "demo/run" });
  const offered = (worker: TestWorker) => worker.all("offer").map(({ revision }) => revision);

  it(
    "bind a task at launch, whatever the default does later; and the default switches back",
    withBed(async (bed) => {
      const one = await bed.deploy(pluginManifest("1"));
      await launch(bed);
      const two = await bed.deploy(pluginManifest("2"));
      await launch(bed);
      await bed.operations.switchDefault(namespace, "demo", one.id);
      await launch(bed);
      await restart(bed);
      await launch(bed);
      const worker = bed.worker();
      await worker.join();
      await bed.advance(11_000);
      await worker.send({ type: "acquire", revisions: "any", credits: 4 });
      expect(offered(worker).toSorted()).toEqual([one.id, two.id, one.id, one.id].toSorted());
    }),
  );

  it(
    "are kept apart: a worker that may only run v2 is offered no task of v1",
    withBed(async (bed) => {
      await bed.deploy(pluginManifest("1"));
      await launch(bed);
      const two = await bed.deploy(pluginManifest("2"));
      await launch(bed);
      const worker = bed.worker();
      await worker.join({}, 0);
      await worker.send({ type: "acquire", revisions: [two.id], credits: 4 });
      expect(offered(worker)).toEqual([two.id]);
      checkState(bed.engine.loop.state);
    }),
  );
});
