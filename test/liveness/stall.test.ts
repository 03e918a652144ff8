import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed } from "../bed/process-bed.js";
import { kill } from "../bed/process-tree.js";

const leaseMs = 1_500;
const config = { heartbeatMs: 300, unreachableMs: 900, leaseMs };

/** The engine's counters of ended trials, by status. */
function endedTrials(metrics: string): Record<string, number> {
  const lines = metrics.matchAll(/^capstan_trials_ended_total\{status="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, status, count]) => [status, Number(count)]));
}

test("an engine that is stopped for longer than a lease reads what its workers said before it fires deadlines", async () => {
  await withBed(async (bed) => {
    const engine = await bed.startEngine({ config });
    await deployProbe(bed.client);
    await bed.startWorker("one", { slots: 4 });
    const inputs = Array.from({ length: 4 }, (_, n) => ({ journal: bed.journal.file, n, forMs: 8_000 }));
    const tasks = await bed.client.launchMany("probe/note", inputs, { policy: { leaseMs } });
    await bed.journal.waitForCount("begin", 4, 20_000);
    kill(engine.pid, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 2.5 * leaseMs));
    kill(engine.pid, "SIGCONT");
    for (const task of tasks) {
      expect(await task.outcome({ timeoutMs: 30_000 })).toMatchObject({ status: "succeeded", trials: { total: 1 } });
    }
    expect(endedTrials(await bed.client.metrics())).toEqual({ succeeded: 4 });
  });
}, 60_000);
