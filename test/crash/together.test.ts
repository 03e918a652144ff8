import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { untilGone } from "../bed/process-tree.js";
import { withBed } from "../bed/process-bed.js";
import { TcpProxy } from "../bed/tcp-proxy.js";

const leaseMs = 2_000;
const config = { heartbeatMs: 300, unreachableMs: 900, leaseMs };

describe("an engine that dies together with something else", () => {
  test("a worker: what is safe runs elsewhere after one lease, what is not fails, nothing runs twice at a time", async () => {
    await withBed(async (bed) => {
      await bed.startEngine({ config });
      await deployProbe(bed.client);
      const first = await bed.startWorker("first", { slots: 3 });
      const input = { journal: bed.journal.file, forMs: 60_000 };
      const policy = { leaseMs };
      const unsafe = await bed.client.launch("probe/alone", { ...input, n: 1 }, { policy });
      const safe = await bed.client.launch("probe/note", { ...input, n: 2 }, { policy });
      const begun = await bed.journal.waitForCount("begin", 2);
      await bed.killEngine();
      first.script.kill();
      await untilGone(begun.map(({ pid }) => pid));
      await bed.startEngine({ config });
      await bed.startWorker("second", { slots: 3 });
      expect(await unsafe.outcome({ timeoutMs: 15_000 })).toMatchObject({ status: "failed", cause: "lost" });
      const again = (await bed.journal.waitForCount("begin", 3, 15_000))[2]!;
      expect(again.n).toBe(2);
      // A grant that left no trace is not counted; one that did is a loss.
      expect((await safe.refresh()).trials.total).toBeLessThanOrEqual(2);
    });
  }, 60_000);

  test("the connection: an acknowledged cancel reaches the worker that never heard of it", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      await deployProbe(bed.client);
      const proxy = await TcpProxy.start(bed.port);
      try {
        await bed.startWorker("one", { slots: 2, engine: proxy.url });
        const input = { journal: bed.journal.file, forMs: 60_000 };
        const task = await bed.client.launch("probe/note", { ...input, n: 1 });
        const paused = await bed.client.launchTaskset({
          task: "probe/note",
          tasks: [{ input: { ...input, n: 2 } }],
        });
        await bed.journal.waitForCount("begin", 2);
        proxy.cut();
        expect((await task.cancel()).status).toBe("cancelling");
        expect((await paused.pause({ stop: true })).status).toBe("paused");
        await bed.killEngine();
        await bed.startEngine();
        proxy.mend();
        await bed.journal.waitForCount("stop", 2, 20_000);
        expect(await task.outcome({ timeoutMs: 15_000 })).toMatchObject({ status: "cancelled" });
        const counts = async () => (await paused.refresh()).counts;
        while ((await counts()).running > 0) await bed.client.task(task.id).refresh();
        expect(await counts()).toMatchObject({ queued: 1 });
        expect(bed.journal.of("begin")).toHaveLength(2);
      } finally {
        proxy.close();
      }
    });
  }, 60_000);
});
