import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed } from "../bed/process-bed.js";
import { TcpProxy } from "../bed/tcp-proxy.js";

test("a connection that is cut for less than the lease, again and again, loses and doubles no trial", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    await deployProbe(bed.client);
    const proxy = await TcpProxy.start(bed.port);
    try {
      await bed.startWorker("one", { slots: 4, engine: proxy.url });
      const inputs = Array.from({ length: 60 }, (_, n) => ({ journal: bed.journal.file, n, forMs: (n % 4) * 250 }));
      const halves = [inputs.slice(0, 30), inputs.slice(30)];
      const tasks = [
        ...(await bed.client.launchMany("probe/note", halves[0]!)),
        ...(await bed.client.launchMany("probe/alone", halves[1]!)),
      ];
      for (const awayMs of [0, 50, 400, 1_500]) {
        const begun = bed.journal.of("begin").length;
        await bed.journal.waitForCount("begin", Math.min(60, begun + 5));
        proxy.cut();
        await pause(awayMs);
        proxy.mend();
      }
      for (const task of tasks) {
        // A grant that was cut off on its way is a trial that never began: it costs nothing.
        const view = await task.outcome({ timeoutMs: 30_000 });
        expect(view).toMatchObject({ status: "succeeded", trials: { counted: 0, lost: 0 } });
      }
      expect(
        bed.journal
          .of("begin")
          .map(({ n }) => n)
          .toSorted((a, b) => a - b),
      ).toEqual(inputs.map(({ n }) => n));
      expect(bed.journal.of("overlap")).toEqual([]);
    } finally {
      proxy.close();
    }
  });
}, 90_000);
