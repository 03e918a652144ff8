import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { Capstan } from "@capstan/client";
import { Script } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

const bin = fileURLToPath(new URL("../../../packages/capstan/bin/capstan.js", import.meta.url));

/** The engine of the command line, on the bed's port and folder. */
async function startCommand(bed: ProcessBed): Promise<Script> {
  const data = join(bed.folder, "data");
  const store = bed.store === undefined ? [] : ["--store", bed.store];
  const args = ["--json", "engine", "--port", String(bed.port), "--data", data, ...store];
  const engine = await Script.start(bin, { args });
  bed.engine = engine;
  await engine.waitForLine(/127\.0\.0\.1/, 20_000);
  return engine;
}

describe("an engine that is asked to end by SIGTERM", () => {
  test("offers nothing more, waits for what runs, commits it, and ends with 0", async () => {
    await withBed(async (bed) => {
      const engine = await startCommand(bed);
      await deployProbe(bed.client);
      await bed.startWorker("one", { slots: 1 });
      const input = { journal: bed.journal.file, forMs: 1_500 };
      const running = await bed.client.launch("probe/note", { ...input, n: 1 });
      await bed.journal.waitForCount("begin", 1);
      const waiting = await bed.client.launch("probe/note", { ...input, n: 2 });
      engine.kill("SIGTERM");
      expect(await engine.exited).toEqual({ code: 0, signal: null });
      expect(bed.journal.lines().map(({ what, n }) => `${what} ${n}`)).toEqual(["begin 1", "end 1"]);
      await bed.startEngine();
      const views = await Promise.all([running.refresh(), waiting.refresh()]);
      expect(views[0]).toMatchObject({ status: "succeeded", trials: { total: 1 } });
      expect(await waiting.result({ timeoutMs: 20_000 })).toMatchObject({ n: 2 });
    });
  }, 60_000);

  test("twice ends at once, and the next one adopts what runs", async () => {
    await withBed(async (bed) => {
      const engine = await startCommand(bed);
      await deployProbe(bed.client);
      await bed.startWorker("one", { slots: 1 });
      const task = await bed.client.launch("probe/note", { journal: bed.journal.file, n: 1, forMs: 4_000 });
      await bed.journal.waitForCount("begin", 1);
      engine.kill("SIGTERM");
      await untilDraining(bed);
      engine.kill("SIGTERM");
      // Never by SIGABRT: threads of the store are not torn down in the middle of a call.
      expect(await engine.exited).toEqual({ code: null, signal: "SIGINT" });
      expect(bed.journal.of("end")).toEqual([]);
      await bed.startEngine();
      expect(await task.outcome({ timeoutMs: 20_000 })).toMatchObject({ status: "succeeded", trials: { total: 1 } });
      expect(bed.journal.of("begin")).toHaveLength(1);
    });
  }, 60_000);
});

/** The first signal has been heard: the engine takes no more work. */
async function untilDraining(bed: ProcessBed): Promise<void> {
  const client = new Capstan({ url: bed.url, retry: { triesMax: 1 } });
  const endMs = performance.now() + 10_000;
  while (!(await client.status()).isDraining) {
    if (performance.now() > endMs) throw new Error("the engine does not drain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
