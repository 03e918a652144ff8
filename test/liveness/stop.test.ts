import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { monotonicMs } from "../bed/journal.js";
import { withBed } from "../bed/process-bed.js";
import { RawWorker } from "../bed/raw-worker.js";

describe("a cancel", () => {
  test("reaches the running process within 100 ms", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      await deployProbe(bed.client);
      await bed.startWorker("one", { slots: 2 });
      const tookMs: number[] = [];
      for (let n = 1; n <= 7; n += 1) {
        const task = await bed.client.launch("probe/note", { journal: bed.journal.file, n, forMs: 60_000 });
        await bed.journal.waitForCount("begin", n);
        const askedAtMs = monotonicMs();
        await task.cancel();
        const stop = (await bed.journal.waitForCount("stop", n))[n - 1]!;
        tookMs.push(stop.atMs - askedAtMs);
        expect(await task.outcome({ timeoutMs: 10_000 })).toMatchObject({ status: "cancelled" });
      }
      const median = tookMs.toSorted((a, b) => a - b)[3]!;
      process.stderr.write(`cancel reaches the process after ${Math.round(median)} ms (median of 7)\n`);
      expect(median).toBeLessThan(100);
    });
  }, 60_000);
});

describe("a pause", () => {
  test("halts a worker that had accepted, grants nothing more, and stops what runs when asked to", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const { worker } = await RawWorker.join(bed.url);
      const input = { command: ["true"] };
      const tasks = Array.from({ length: 5 }, () => ({ input }));
      const taskset = await bed.client.launchTaskset({ task: "command/run", tasks });
      const grant = await worker.take();
      worker.send({ type: "acquire", revisions: "any", credits: 1 });
      const { offer } = await worker.next("offer", 2);
      await taskset.pause();
      worker.send({ type: "accept", offer });
      expect(await worker.next("halt")).toEqual({ type: "halt", offer, reason: "paused" });
      worker.send({ type: "acquire", revisions: "any", credits: 4 });
      await taskset.pause({ stop: true });
      expect(await worker.next("stop")).toMatchObject({ trial: grant.trial, reason: "pause" });
      worker.send({
        type: "stopped",
        trial: grant.trial,
        token: grant.token,
        hasBegun: true,
        timings: { durationMs: 1 },
      });
      await worker.next("accepted");
      expect((await taskset.refresh()).counts).toMatchObject({ queued: 5, running: 0 });
      const grants = worker.received.items.filter(({ type }) => type === "grant").length;
      expect(grants).toBe(1);
      await taskset.resume();
      await worker.next("offer", 3);
      worker.cut();
    });
  }, 30_000);
});
