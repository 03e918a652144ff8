import { expect, test } from "vitest";
import { byCountMs, byPullMs, lowerBoundMs, makeLengths } from "./lengths.js";
import { orderRun } from "./order-run.js";

test("lengths are realistic, the same for a seed, and one is ten times the mean", () => {
  const lengths = makeLengths({ seed: 1, files: 500, totalMs: 320_000 });
  expect(makeLengths({ seed: 1, files: 500, totalMs: 320_000 })).toEqual(lengths);
  expect(Math.max(...lengths)).toBe(6_400);
  const bound = lowerBoundMs(lengths, 8);
  expect(bound).toBeGreaterThan(38_000);
  expect(byPullMs(lengths, 8)).toBeGreaterThanOrEqual(bound);
  expect(byCountMs(lengths, 8)).toBeGreaterThan(byPullMs(lengths, 8));
});

test("files that are known to be long start first", async () => {
  const options = { seed: 1, files: 40, totalMs: 12_000, slots: 4 };
  const report = await orderRun({ ...options, runs: 1 });
  expect(report.boundMs).toBe(3_000);
  // A suite that knows nothing comes to the longest late, and waits for it alone.
  expect(report.byPull).toBeGreaterThan(1.2);
  expect(report.learned).toBeLessThan(report.unlearned);
  expect(report.learned).toBeGreaterThanOrEqual(1);
}, 60_000);
