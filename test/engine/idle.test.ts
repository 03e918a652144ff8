import { expect, test } from "vitest";
import { idleRun } from "./idle-run.js";

test("an engine with delayed tasks and an idle worker hardly wake up", async () => {
  const report = await idleRun({ tasks: 10_000, forMs: 4_000 });
  process.stderr.write(`${JSON.stringify(report)}\n`);
  expect(report.enginePercent).toBeLessThan(5);
  expect(report.workerPercent).toBeLessThan(5);
}, 60_000);
