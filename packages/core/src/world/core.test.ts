import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../dispatch/reason.js";
import { Driver, partitions, type Step } from "./driver.test.support.js";
import { World } from "./world.test.support.js";
import { checkNoLeaks } from "../check/check-state.js";

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(9_999), fc.nat(999), fc.nat(999), fc.nat(999));
const tape = (most: number) => fc.array(step, { minLength: 10, maxLength: most, size: "max" });

/** Nearly everything waits in the store alone, and is read back in twos. */
const shortOfMemory = { wholeTasksMax: 4, windowTasks: 2, pageTasks: 3 };

describe.each([
  ["with all tasks in memory", {}],
  ["with room for four tasks in memory", shortOfMemory],
])("core under random events, %s", (_, config) => {
  it("keeps its books at every step", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(tape(300), (steps) => new Driver(new World(config)).play(steps)),
      { numRuns: 150 },
    );
  });

  it("has nothing left of partitions that it loses, and goes on with others", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(tape(200), (steps) => {
        const driver = new Driver(new World(config));
        driver.play(steps);
        const { world } = driver;
        for (let partition = 0; partition < partitions; partition += 1) world.lose(partition);
        const { tasks, tasksets, trials } = world.state;
        expect([tasks.size, tasksets.size, trials.size, world.stowed]).toEqual([0, 0, 0, []]);
        driver.settle();
        checkNoLeaks(world.state);
      }),
      { numRuns: 50 },
    );
  });

  it("gives every task a verdict once faults end, and leaves nothing behind", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(tape(200), (steps) => {
        const driver = new Driver(new World(config));
        driver.play(steps);
        driver.settle();
        const { state, now } = driver.world;
        const left = [...state.tasks.values()].map((task) => [task.id, task.status, explain(state, task, now)?.code]);
        expect(left).toEqual([]);
        expect(driver.world.stowed).toEqual([]);
        checkNoLeaks(state);
      }),
      { numRuns: 100 },
    );
  });
});
