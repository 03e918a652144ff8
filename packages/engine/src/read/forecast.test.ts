import { describe, expect, it } from "vitest";
import { namespace, withBed } from "../engine/engine-bed.test.support.js";
import { measure } from "../engine/measure.js";

describe("the time that is left", () => {
  it(
    "is shown of tasks and tasksets, read and listed, and the backlog in work",
    withBed(async (bed) => {
      const { operations } = bed;
      const worker = bed.worker();
      await worker.join({ slots: 1 }, 1);
      await bed.launch();
      await bed.settle();
      const grant = await worker.accept();
      await worker.send({
        type: "result",
        trial: grant.trial,
        token: grant.token,
        status: "succeeded",
        timings: { durationMs: 2_000 },
        hasBegun: true,
      });
      const [first, second] = [await bed.launch(), await bed.launch()];
      const launched = await operations.launchTaskset(namespace, {
        tasks: [{ definition: "command/run", input: { command: "true" } }],
      });
      expect((await operations.getTask(namespace, first.task)).etaMs).toBe(2_000);
      expect((await operations.getTask(namespace, second.task)).etaMs).toBe(4_000);
      const { items } = await operations.listTasks(namespace, { definition: "command/run" });
      expect(items.filter(({ status }) => status === "queued").map(({ etaMs }) => etaMs)).toEqual([
        2_000, 4_000, 2_000,
      ]);
      expect((await operations.getTaskset(namespace, launched.taskset)).etaMs).toBe(2_000);
      expect((await operations.listTasksets(namespace, {})).items.map(({ etaMs }) => etaMs)).toEqual([2_000]);
      expect((await operations.getTask(namespace, grant.task)).etaMs).toBeUndefined();
      expect(measure(bed.engine.loop, {}).backlogMs).toBe(6_000);
    }),
  );

  it(
    "is by what the launch says of its tasks, such as of the parts of a file",
    withBed(async (bed) => {
      const { operations } = bed;
      const worker = bed.worker();
      await worker.join({ slots: 2 }, 0);
      const parts = [4_000, 3_000, 1_000].map((estimateMs, at) => ({
        key: `long.js (${at + 1}/3)`,
        input: { command: "true" },
        estimateMs,
      }));
      const { taskset } = await operations.launchTaskset(namespace, {
        class: "unit",
        profile: "test",
        definition: "command/run",
        tasks: parts,
      });
      await bed.settle();
      expect((await operations.getTaskset(namespace, taskset)).etaMs).toBe(4_000);
      const { items } = await operations.listTasks(namespace, { taskset });
      expect(items.map(({ estimateMs = 0 }) => estimateMs).toSorted((left, right) => left - right)).toEqual([
        1_000, 3_000, 4_000,
      ]);
    }),
  );
});
