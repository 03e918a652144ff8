import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { isAlive, processesWithTmp } from "../bed/process-tree.js";
import { withBed } from "../bed/process-bed.js";

const policy = { timeoutMs: 300, hardTimeoutMs: 700, maxTrials: 1, stopGraceMs: 200 };

describe("a trial that does not end by itself", () => {
  test("is ended at the hard limit, whatever it does, and the slot is free again", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      await deployProbe(bed.client);
      const worker = await bed.startWorker("one", { slots: 2 });
      const input = { journal: bed.journal.file };
      await (await bed.client.launch("probe/version", input)).result();
      for (const name of ["block", "deaf", "family"]) {
        const task = await bed.client.launch(`probe/${name}`, input, { policy });
        const view = await task.outcome({ timeoutMs: 15_000 });
        expect([name, view.status, view.cause]).toEqual([name, "failed", "timeout"]);
      }
      const begun = bed.journal.of("begin");
      expect(begun.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
      expect(leftBehind(worker.tmp)).toEqual([]);
      expect(await (await bed.client.launch("probe/version", input)).result()).toBe("v1");
    });
  }, 60_000);

  test("is ended so as a command too, with children in sessions of their own", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const worker = await bed.startWorker("one", { slots: 2 });
      const script = "trap '' TERM; setsid sh -c \"trap '' TERM; sleep 1000\" & sleep 1000 & sleep 1000";
      const task = await bed.client.launch("command/run", { command: ["sh", "-c", script] }, { policy });
      expect(await task.outcome({ timeoutMs: 15_000 })).toMatchObject({ status: "failed", cause: "timeout" });
      expect(leftBehind(worker.tmp)).toEqual([]);
    });
  }, 30_000);
});

function leftBehind(tmp: string): string[] {
  return processesWithTmp(tmp)
    .map(({ command }) => command)
    .filter((command) => command.includes("sleep"));
}
