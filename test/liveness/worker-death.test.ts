import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { monotonicMs } from "../bed/journal.js";
import { kill, killTree, signalTree, untilGone, untilNoneWithTmp } from "../bed/process-tree.js";
import { withBed, type ProcessBed, type WorkerProcess } from "../bed/process-bed.js";

const leaseMs = 2_000;
const config = { heartbeatMs: 300, unreachableMs: 900, leaseMs };

/** Starts a worker, fills it with running trials, and gives their tasks. */
async function fill(bed: ProcessBed, name: string, count: number): Promise<WorkerProcess> {
  const worker = await bed.startWorker(name, { slots: count });
  await bed.client.launchMany(
    "probe/note",
    Array.from({ length: count }, (_, n) => ({ journal: bed.journal.file, n, forMs: 60_000 })),
    { policy: { leaseMs } },
  );
  await bed.journal.waitForCount("begin", count, 60_000);
  return worker;
}

async function tasksOf(bed: ProcessBed): Promise<string[]> {
  const tasks: string[] = [];
  for await (const { id } of bed.client.tasks({ limit: 1_000 })) tasks.push(id);
  return tasks;
}

describe("a worker process that is killed with 100 running trials", () => {
  test("is noticed at once, and all of them run on the worker beside it", async () => {
    await withBed(async (bed) => {
      const count = 100;
      await bed.startEngine();
      await deployProbe(bed.client);
      const launch = (from: number, forMs: number) =>
        bed.client.launchMany(
          "probe/shared",
          Array.from({ length: count }, (_, at) => ({ journal: bed.journal.file, n: from + at, forMs })),
        );
      // The second is the first to run, so that its executors are warm.
      await bed.startWorker("second", { slots: count });
      for (const task of await launch(1_000, 1_000)) await task.result({ timeoutMs: 30_000 });
      await bed.client.workers.drain("second");
      const first = await bed.startWorker("first", { slots: count });
      await launch(0, 120_000);
      await bed.journal.waitForCount("begin", 2 * count, 60_000);
      await bed.client.workers.drain("second", { isDraining: false });
      const killedAtMs = monotonicMs();
      first.script.kill("SIGKILL");
      const begun = (await bed.journal.waitForCount("begin", 3 * count, 20_000)).slice(2 * count);
      const takenMs = Math.max(...begun.map(({ atMs }) => atMs)) - killedAtMs;
      process.stderr.write(`all ${count} trials of a killed worker run elsewhere after ${Math.round(takenMs)} ms\n`);
      expect(new Set(begun.map(({ n }) => n)).size).toBe(count);
      expect(takenMs).toBeLessThan(4_000);
      await untilNoneWithTmp(first.tmp, 5_000);
    });
  }, 90_000);
});

describe("a worker whose whole process tree is gone", () => {
  test("loses its trials when their lease ends, and they run elsewhere", async () => {
    await withBed(async (bed) => {
      await bed.startEngine({ config });
      await deployProbe(bed.client);
      const first = await fill(bed, "first", 3);
      await bed.startWorker("second", { slots: 3 });
      const killedAtMs = monotonicMs();
      killTree(first.tmp);
      const begun = (await bed.journal.waitForCount("begin", 6, 20_000)).slice(3);
      expect(begun.map(({ n }) => n).toSorted((left, right) => left - right)).toEqual([0, 1, 2]);
      const takenMs = Math.max(...begun.map(({ atMs }) => atMs)) - killedAtMs;
      expect(takenMs).toBeGreaterThan(leaseMs - 400);
      expect(takenMs).toBeLessThan(leaseMs + 4_000);
    });
  }, 60_000);

  test("fails what is not safe to rerun, which never runs again", async () => {
    await withBed(async (bed) => {
      await bed.startEngine({ config });
      await deployProbe(bed.client);
      const first = await bed.startWorker("first", { slots: 2 });
      const tasks = await launchAlone(bed, 2);
      await bed.startWorker("second", { slots: 2 });
      killTree(first.tmp);
      for (const task of tasks) {
        const view = await task.outcome({ timeoutMs: 20_000 });
        expect(view).toMatchObject({ status: "failed", cause: "lost", trials: { total: 1 } });
      }
      expect(bed.journal.of("begin")).toHaveLength(2);
    });
  }, 60_000);
});

async function launchAlone(bed: ProcessBed, count: number) {
  const inputs = Array.from({ length: count }, (_, n) => ({ journal: bed.journal.file, n, forMs: 60_000 }));
  const tasks = await bed.client.launchMany("probe/alone", inputs, { policy: { leaseMs } });
  await bed.journal.waitForCount("begin", count, 20_000);
  return tasks;
}

describe("a worker that is stopped by SIGSTOP", () => {
  for (const whole of [true, false]) {
    const what = whole ? "with all that it started" : "alone, while its executors run on";
    test(`${what}: is judged when the lease ends, and nothing unsafe ever runs beside itself`, async () => {
      await withBed(async (bed) => {
        await bed.startEngine({ config });
        await deployProbe(bed.client);
        const first = await bed.startWorker("first", { slots: 4 });
        const unsafe = await launchAlone(bed, 2);
        await bed.client.launch(
          "probe/note",
          { journal: bed.journal.file, n: 7, forMs: 60_000 },
          { policy: { leaseMs } },
        );
        await bed.journal.waitForCount("begin", 3, 20_000);
        await bed.startWorker("second", { slots: 4 });
        const pids = whole ? signalTree(first.tmp, "SIGSTOP") : [first.script.pid];
        if (!whole) kill(first.script.pid, "SIGSTOP");
        const stoppedAtMs = monotonicMs();
        for (const task of unsafe) {
          expect(await task.outcome({ timeoutMs: 20_000 })).toMatchObject({ status: "failed", cause: "lost" });
        }
        const again = (await bed.journal.waitForCount("begin", 4, 20_000))[3]!;
        expect(again.n).toBe(7);
        expect(again.atMs - stoppedAtMs).toBeLessThan(leaseMs + 4_000);
        // By hand, as `--force` allows: by then the first copy must be dead or must die as soon as it can act.
        for (const pid of pids) kill(pid, "SIGCONT");
        const executors = bed.journal
          .of("begin")
          .filter(({ n }) => n < 2)
          .map(({ pid }) => pid);
        // A stopped worker looks at its leases first when it goes on.
        await untilGone(executors);
        for (const task of unsafe) await task.rerun({ force: true });
        await bed.journal.waitForCount("begin", 6, 20_000);
        expect(bed.journal.of("overlap")).toEqual([]);
        expect(await tasksOf(bed)).toHaveLength(3);
      });
    }, 60_000);
  }
});
