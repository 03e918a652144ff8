import { expect, test } from "vitest";
import { syncRun } from "./sync-run.js";

test("a tree travels whole once, and then only the file that changed", async () => {
  const [first, ...later] = await syncRun({ files: 120, bytes: 600_000, seed: 1, runs: 2 });
  expect(first!.filesSent).toBe(120);
  expect(first!.bytesSent).toBeGreaterThan(300_000);
  for (const { filesSent, sendMs, fetchMs } of later) {
    expect(filesSent).toBe(1);
    expect(sendMs).toBeGreaterThan(0);
    expect(fetchMs).toBeGreaterThan(0);
  }
}, 60_000);
