import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grindReports, type GrindRun } from "./grind-report.js";
import { wilson } from "./wilson.js";

const run = (facts: Partial<GrindRun>): GrindRun => ({
  file: "a.js",
  outcome: "passed",
  durationMs: 10,
  worker: "one",
  trial: "trial_1",
  failures: [],
  ...facts,
});

describe("the interval of a share", () => {
  test("is Wilson's, by values that others have worked out", () => {
    const rounded = (count: number, total: number) => wilson(count, total).map((share) => Math.round(share * 10_000));
    expect([rounded(0, 10), rounded(1, 10), rounded(5, 10), rounded(10, 10)]).toEqual([
      [0, 2775],
      [179, 4042],
      [2366, 7634],
      [7225, 10_000],
    ]);
  });

  test("holds what was seen, within 0 and 1, and narrows with more runs", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (failed, passed) => {
        fc.pre(failed + passed > 0);
        const [low, high] = wilson(failed, failed + passed);
        const share = failed / (failed + passed);
        expect(0 <= low && low <= share && share <= high && high <= 1).toBe(true);
        const [lower, higher] = wilson(10 * failed, 10 * (failed + passed));
        expect(higher - lower).toBeLessThan(high - low);
      }),
    );
  });
});

test("failures that differ in numbers only are one, and workers are told by how often they fail", () => {
  const failed = (message: string, worker: string, trial: string): GrindRun =>
    run({ outcome: "failed", worker, trial, failures: [{ name: "A", message }] });
  const [report, other] = grindReports([
    failed("took 12 ms\n at x", "two", "t1"),
    failed("took 9 ms\n at y", "two", "t2"),
    failed("no answer", "one", "t3"),
    ...[1, 2, 3, 4].map((durationMs) => run({ durationMs })),
    run({ outcome: "skipped", durationMs: 99 }),
    run({ file: "b.js", outcome: "skipped" }),
  ]);
  expect(report).toMatchObject({ runs: 8, passed: 4, failed: 3, skipped: 1, failedShare: 3 / 7 });
  expect(report?.durations).toEqual({ minMs: 1, p50Ms: 2, p95Ms: 4, maxMs: 4 });
  expect(report?.workers).toEqual([
    { worker: "two", runs: 2, failed: 2 },
    { worker: "one", runs: 6, failed: 1 },
  ]);
  expect(report?.failures).toEqual([
    { name: "A", message: "took 12 ms", count: 2, trial: "t1" },
    { name: "A", message: "no answer", count: 1, trial: "t3" },
  ]);
  expect(other).toMatchObject({ file: "b.js", failedShare: 0, failedShareLow: 0, failedShareHigh: 1 });
});
