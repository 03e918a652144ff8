import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { simulate } from "./simulation.js";

const durationMs = 600_000;

/** Seeds that failed once, with what was wrong; the tests beside the code that was mended say it closer. */
const regressions = JSON.parse(readFileSync(new URL("../regressions.json", import.meta.url), "utf8")) as {
  readonly seed: string;
  readonly was: string;
}[];

describe("the simulation", () => {
  it("repeats a seed to the letter", async () => {
    const [first, second] = [
      await simulate({ seed: "twice", durationMs }),
      await simulate({ seed: "twice", durationMs }),
    ];
    expect(second).toEqual(first);
    expect(first.frames).toBeGreaterThan(100);
  });

  it("runs another course for another seed", async () => {
    const [first, second] = [await simulate({ seed: "a", durationMs }), await simulate({ seed: "b", durationMs })];
    expect(second.digest).not.toBe(first.digest);
  });

  it("ends after so many steps as it is told, with all that was launched judged", async () => {
    const { steps, tasks } = await simulate({ seed: "short", stepsMax: 25 });
    expect(steps).toBe(25);
    expect(tasks).toBeGreaterThan(0);
  });

  it("is an hour with five hundred tasks and twenty faults at least", { timeout: 120_000 }, async () => {
    const { virtualMs, tasks, faults } = await simulate({ seed: "6" });
    expect(virtualMs).toBeGreaterThan(3_600_000);
    expect(tasks).toBeGreaterThanOrEqual(500);
    expect([...faults.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(20);
  });

  it.each(regressions.map(({ seed, was }) => [seed, was]))(
    "holds what it promises under the faults of seed %s, of which it did not: %s",
    { timeout: 120_000 },
    async (seed) => {
      const { executions } = await simulate({ seed });
      expect(executions).toBeGreaterThan(0);
    },
  );
});
