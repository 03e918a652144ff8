import { checkState } from "@capstan/core";
import { describe, expect, it } from "vitest";
import { namespace, pluginManifest, withBed, type EngineBed } from "../engine/engine-bed.test.support.js";

const config = { wholeTasksMax: 4, windowTasks: 2, pageTasks: 3 };
const count = 30;

/** More tasks than memory has room for, in the order of their launch. */
async function backlog(bed: EngineBed): Promise<string[]> {
  const tasks: string[] = [];
  for (let n = 0; n < count; n += 1) tasks.push((await bed.launch({ input: { command: ["echo", String(n)] } })).task);
  await bed.settle();
  expect(bed.engine.loop.state.tasks.size).toBeLessThan(12);
  return tasks;
}

async function restart(bed: EngineBed, isClean: boolean): Promise<void> {
  if (isClean) await bed.engine.close();
  else await bed.kill();
  await bed.start();
}

const bodyOf = { slots: 1 };

describe("a backlog that is larger than memory", () => {
  it(
    "is run in the order of its launch, each task with its input",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        const worker = bed.worker();
        await worker.join(bodyOf, 1);
        for (const [n, task] of tasks.entries()) {
          // Some come ahead of their credit.
          const offer = worker.all("offer")[n]!;
          expect(offer.task).toBe(task);
          await worker.send({ type: "accept", offer: offer.offer });
          const grant = worker.last("grant");
          expect(grant.input).toEqual({ command: ["echo", String(n)] });
          await worker.report(grant);
          await worker.send({ type: "acquire", revisions: "any", credits: 1 });
          checkState(bed.engine.loop.state);
        }
        expect(bed.engine.loop.state.counts).toMatchObject({ queued: 0, running: 0, finished: { succeeded: count } });
      },
      { config },
    ),
  );

  it(
    "says why each of its tasks waits, in memory or not",
    withBed(
      async (bed) => {
        for (const task of await backlog(bed)) {
          const view = await bed.operations.getTask(namespace, task);
          expect(view).toMatchObject({ status: "queued", reason: { code: "no-worker" } });
        }
      },
      { config },
    ),
  );

  it(
    "gives each of its tasks an ETA, in memory or not, once it is known how long they take",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        const worker = bed.worker();
        await worker.join(bodyOf, 1);
        await worker.report(await worker.accept());
        for (const task of tasks.slice(3)) {
          const { etaMs } = await bed.operations.getTask(namespace, task);
          expect(etaMs).toBeGreaterThan(0);
          expect(etaMs).toBeLessThanOrEqual(count + 1);
        }
      },
      { config },
    ),
  );

  it(
    "loses any task to a cancel, and the next engine knows",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        const cancelled = tasks.filter((_, n) => n % 7 === 3);
        await Promise.all(cancelled.map((task) => bed.operations.cancelTask(namespace, task)));
        await restart(bed, true);
        await bed.settle();
        expect(bed.engine.loop.state.counts.queued).toBe(count - cancelled.length);
        const again = bed.operations.cancelTask(namespace, cancelled[0]!);
        await expect(again).rejects.toMatchObject({ code: "already-final" });
      },
      { config },
    ),
  );

  it(
    "refuses to run again what is unfinished",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        const rerun = bed.operations.rerunTask(namespace, tasks.at(-1)!, {});
        await expect(rerun).rejects.toMatchObject({ code: "not-final" });
      },
      { config },
    ),
  );

  it(
    "is counted against the bound on unfinished tasks",
    withBed(
      async (bed) => {
        await backlog(bed);
        await expect(bed.launch()).rejects.toMatchObject({ code: "overloaded" });
      },
      { config, backlogMax: count },
    ),
  );

  it(
    "is cancelled whole with its taskset",
    withBed(
      async (bed) => {
        const tasks = Array.from({ length: count }, () => ({ input: { command: ["true"] } }));
        const launch = { definition: "command/run", tasks };
        const { taskset } = await bed.operations.launchTaskset(namespace, launch);
        await bed.settle();
        await bed.operations.cancelTaskset(namespace, taskset);
        const { taskset: view } = await bed.operations.waitTaskset(namespace, taskset, { waitMs: 10_000 });
        expect(view).toMatchObject({ status: "cancelled", counts: { total: count, cancelled: count } });
        checkState(bed.engine.loop.state);
      },
      { config },
    ),
  );

  it(
    "is not asked for again and again while a read of it that failed waits for its next try",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        bed.store.readFailures = 1;
        await bed.worker().join();
        expect(bed.failures.splice(0)).toMatchObject([{ code: "store-failed" }]);
        const before = bed.store.reads;
        const cancelled = bed.operations.cancelTask(namespace, tasks[4]!);
        await bed.settle();
        expect(bed.store.reads - before).toBe(1);
        await bed.advance(200);
        expect(await cancelled).toMatchObject({ status: "cancelled" });
      },
      { config },
    ),
  );
});

describe("an engine that starts on a long backlog", () => {
  it(
    "adopts a trial whose grant was never stored, of a task that it has not read yet",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        const worker = bed.worker();
        await worker.join();
        const grant = await worker.accept();
        await restart(bed, false);
        const { trial, token, revision } = grant;
        const task = tasks.find((id) => trial.startsWith(`trial_${id.slice("task_".length)}`))!;
        const welcome = await worker.join({ trials: [{ trial, task, token, revision, state: "running" }] });
        expect(welcome.fates).toEqual([{ trial, fate: "adopted" }]);
        await worker.report(grant);
        expect(await bed.operations.getTask(namespace, task)).toMatchObject({ status: "succeeded" });
        await bed.settle();
        checkState(bed.engine.loop.state);
        expect(bed.engine.loop.state.counts).toMatchObject({ queued: count - 1 });
      },
      { config },
    ),
  );

  it(
    "prunes no revision before it has read which ones are needed",
    withBed(
      async (bed) => {
        await bed.deploy(pluginManifest("1"));
        for (let n = 0; n < count; n += 1) await bed.launch({ definition: "demo/run" });
        await bed.deploy(pluginManifest("2"));
        await restart(bed, true);
        const prune = () => bed.operations.pruneRevisions(namespace, "demo", { keep: 0 });
        await expect(prune()).rejects.toMatchObject({ code: "overloaded", retryable: true });
        await bed.settle();
        expect((await prune()).pruned).toEqual([]);
      },
      { config },
    ),
  );

  it(
    "cancels a task that it has not read yet, once",
    withBed(
      async (bed) => {
        const tasks = await backlog(bed);
        await restart(bed, true);
        expect(bed.engine.loop.state.loading).not.toBeNull();
        await bed.operations.cancelTask(namespace, tasks.at(-1)!);
        await bed.settle();
        expect(bed.engine.loop.state).toMatchObject({ loading: null, counts: { queued: count - 1 } });
        expect((await bed.operations.getTask(namespace, tasks.at(-1)!)).status).toBe("cancelled");
        checkState(bed.engine.loop.state);
      },
      { config },
    ),
  );
});
