import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../dispatch/reason.js";
import { Driver, type Step } from "./driver.test.support.js";
import { checkNoLeaks } from "../check/check-state.js";

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(9_999), fc.nat(999), fc.nat(999), fc.nat(999));
const tape = (most: number) => fc.array(step, { minLength: 10, maxLength: most, size: "max" });

describe("core under random events", () => {
  it("keeps its books at every step", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(tape(300), (steps) => new Driver().play(steps)),
      { numRuns: 150 },
    );
  });

  it("gives every task a verdict once faults end, and leaves nothing behind", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(tape(200), (steps) => {
        const driver = new Driver();
        driver.play(steps);
        driver.settle();
        const { state, now } = driver.world;
        const left = [...state.tasks.values()].map((task) => [task.id, task.status, explain(state, task, now)?.code]);
        expect(left).toEqual([]);
        checkNoLeaks(state);
      }),
      { numRuns: 100 },
    );
  });
});
