import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { untilGone } from "../bed/process-tree.js";
import { withBed } from "../bed/process-bed.js";
import { NetworkNamespace } from "../bed/network-namespace.js";

const canMakeNamespaces = NetworkNamespace.isPossible();
if (!canMakeNamespaces)
  process.stderr.write("half-open connections are not tested: that needs root, and `ip` of iproute2\n");

test.runIf(canMakeNamespaces)(
  "a half-open connection is noticed by both ends and healed without a restart, and nothing runs twice",
  async () => {
    const network = NetworkNamespace.make();
    try {
      await withBed(
        async (bed) => {
          await bed.startEngine({
            host: "0.0.0.0",
            config: { heartbeatMs: 300, unreachableMs: 900, leaseMs: 3_000 },
          });
          await deployProbe(bed.client);
          const engine = `http://${network.hostAddress}:${bed.port}`;
          const worker = await bed.startWorker("far", { slots: 3, engine }, network.command);
          const input = { journal: bed.journal.file, forMs: 4_000 };
          const tasks = [
            await bed.client.launch("probe/note", { ...input, n: 1 }, { policy: { leaseMs: 20_000 } }),
            await bed.client.launch("probe/note", { ...input, n: 2, forMs: 1_000 }, { policy: { leaseMs: 20_000 } }),
            await bed.client.launch("probe/alone", { ...input, n: 3 }, { policy: { leaseMs: 2_000 } }),
          ];
          await bed.journal.waitForCount("begin", 3);
          network.drop();
          await worker.script.waitForLine(/"lost".*has not answered a heartbeat/);
          await worker.script.waitForLine('"cutOff"');
          const copy = bed.journal.of("begin").find(({ n }) => n === 3)!;
          await untilGone([copy.pid]);
          // The worker ends it before the engine gives it up.
          expect(["granted", "running"]).toContain((await tasks[2]!.refresh()).status);
          const unsafe = await tasks[2]!.outcome({ timeoutMs: 10_000 });
          expect(unsafe).toMatchObject({ status: "failed", cause: "lost", trials: { total: 1 } });
          expect((await bed.client.workers.get("far")).status).toBe("unreachable");
          network.pass();
          await worker.script.waitForLine('"resumed"', 15_000);
          for (const task of tasks.slice(0, 2)) {
            expect(await task.outcome({ timeoutMs: 15_000 })).toMatchObject({
              status: "succeeded",
              trials: { total: 1 },
            });
          }
          expect(bed.journal.of("begin")).toHaveLength(3);
        },
        { token: "a-token-for-this-test" },
      );
    } finally {
      network.remove();
    }
    expect(execFileSync("ip", ["netns", "list"], { encoding: "utf8" })).not.toContain(network.name);
  },
  60_000,
);
