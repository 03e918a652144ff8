import { Capstan } from "@capstan/client";
import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { SmallDisk } from "../bed/small-disk.js";

const isPossible = SmallDisk.isPossible();
if (!isPossible) process.stderr.write("a full disk is not tested: that needs root, to mount a small one\n");

const diskBytes = 64 * 1024 ** 2;
const padding = "x".repeat(40_000);

async function withSmallDisk(use: (bed: ProcessBed, disk: SmallDisk) => Promise<void>): Promise<void> {
  await withBed(async (bed) => {
    const disk = SmallDisk.mount(bed.dataFolder, diskBytes);
    try {
      await use(bed, disk);
    } finally {
      await bed.close();
      disk.remove();
    }
  });
}

/** A client that tries nothing again. */
function onceOnly({ url }: ProcessBed): Capstan {
  return new Capstan({ url, retry: { triesMax: 1 }, timeoutMs: 2_000 });
}

/** Launches until the engine refuses, and gives what it acknowledged and how it refused. */
async function press(bed: ProcessBed): Promise<{ acknowledged: string[]; refusal: unknown }> {
  const client = onceOnly(bed);
  const acknowledged: string[] = [];
  const inputs = Array.from({ length: 20 }, () => ({ journal: bed.journal.file, padding }));
  for (;;) {
    try {
      const handles = await client.launchMany("probe/shared", inputs);
      acknowledged.push(...handles.map(({ id }) => id));
    } catch (refusal) {
      return { acknowledged, refusal };
    }
  }
}

describe.runIf(isPossible)("an engine whose disk is full", () => {
  test("refuses launches by code, answers reads, and goes on with all it acknowledged when there is room", async () => {
    await withSmallDisk(async (bed, disk) => {
      await bed.startEngine();
      await deployProbe(bed.client);
      await bed.startWorker("one", { slots: 4 });
      const running = await bed.client.launch("probe/note", { journal: bed.journal.file, n: 1, forMs: 500 });
      await bed.journal.waitForCount("begin", 1);
      disk.fill();
      // The first that finds no room was taken in already: it is answered when it is stored, or when its client gives up.
      const first = await press(bed);
      const second = await press(bed);
      expect(second).toMatchObject({ acknowledged: [], refusal: { code: "store-failed", retryable: true } });
      // What is shown is what is stored.
      expect(["queued", "running"]).toContain((await running.refresh()).status);
      const large = { journal: bed.journal.file, padding: "x".repeat(300_000) };
      await expect(onceOnly(bed).launch("probe/shared", large)).rejects.toMatchObject({ code: "store-failed" });
      await expect(deployProbe(onceOnly(bed), "v2")).rejects.toMatchObject({ code: "store-failed" });
      disk.free();
      for (const id of [running.id, ...first.acknowledged]) {
        expect(await bed.client.task(id).outcome({ timeoutMs: 15_000 })).toMatchObject({ status: "succeeded" });
      }
      expect(await (await bed.client.launch("probe/version", {})).result({ timeoutMs: 15_000 })).toBe("v1");
    });
  }, 60_000);

  test("does not start, says why, and has everything when there is room", async () => {
    await withSmallDisk(async (bed, disk) => {
      await bed.startEngine();
      await deployProbe(bed.client);
      const inputs = Array.from({ length: 20 }, () => ({ journal: bed.journal.file, padding }));
      const stored = await bed.client.launchMany("probe/shared", inputs);
      disk.fill();
      const { acknowledged } = await press(bed);
      await bed.killEngine();
      disk.fill();
      await expect(bed.startEngine()).rejects.toThrow(/the disk is full: free some space[^]*store-failed/);
      disk.free();
      await bed.startEngine();
      await bed.startWorker("one", { slots: 4 });
      for (const id of [...stored.map((task) => task.id), ...acknowledged]) {
        expect(await bed.client.task(id).outcome({ timeoutMs: 15_000 })).toMatchObject({ status: "succeeded" });
      }
    });
  }, 60_000);
});
