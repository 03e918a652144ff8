import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed, type TestWorker } from "../engine/engine-bed.test.support.js";

const suite = (keys: readonly string[]) => ({
  class: "suite",
  definition: "command/run",
  tasks: keys.map((key) => ({ key, input: { command: "true" } })),
});

async function finish(bed: EngineBed, worker: TestWorker): Promise<void> {
  await bed.settle();
  await worker.report(await worker.accept());
  await worker.send({ type: "acquire", revisions: "any", credits: 1 });
  await bed.settle();
}

async function estimatesOf(bed: EngineBed, taskset: string): Promise<Record<string, boolean>> {
  const { items } = await bed.operations.listTasks(namespace, { taskset });
  return Object.fromEntries(items.map(({ key, estimateMs }) => [key!, estimateMs !== undefined]));
}

/** Two tasks of the class have been seen. */
async function learn(bed: EngineBed, worker: TestWorker): Promise<void> {
  await worker.join({}, 1);
  await bed.operations.launchTaskset(namespace, suite(["a", "b"]));
  await finish(bed, worker);
  await finish(bed, worker);
}

describe("what was learnt of the tasks of a class", () => {
  it(
    "leaves memory when no taskset of the class is unfinished, and comes back with the next",
    withBed(async (bed) => {
      await learn(bed, bed.worker());
      expect(bed.engine.measures().held["estimates"]).toBe(2);
      await bed.advance(61_000);
      expect(bed.engine.measures().held["estimates"]).toBe(0);
      const { taskset } = await bed.operations.launchTaskset(namespace, suite(["a", "b", "new"]));
      expect(await estimatesOf(bed, taskset)).toEqual({ a: true, b: true, new: false });
      await bed.advance(61_000);
      expect(bed.engine.measures().held["estimates"]).toBe(2);
    }),
  );

  it(
    "is known after a restart in the middle of one of its tasksets",
    withBed(async (bed) => {
      const worker = bed.worker();
      await learn(bed, worker);
      await bed.operations.launchTaskset(namespace, suite(["a", "b"]));
      await worker.cut();
      await bed.kill();
      await bed.start();
      await worker.join({}, 1);
      await bed.advance(11_000);
      await worker.send({ type: "heartbeat", sequence: 1 });
      await finish(bed, worker);
      const { taskset } = await bed.operations.launchTaskset(namespace, suite(["a", "b"]));
      expect(await estimatesOf(bed, taskset)).toEqual({ a: true, b: true });
    }),
  );

  it(
    "is kept for a taskset that is rerun",
    withBed(async (bed) => {
      const worker = bed.worker();
      await learn(bed, worker);
      const { taskset } = await bed.operations.launchTaskset(namespace, suite(["a"]));
      await bed.settle();
      await worker.report(await worker.accept());
      await worker.cut();
      await bed.advance(70_000);
      await bed.operations.rerunTaskset(namespace, taskset, { what: "all" });
      await bed.advance(61_000);
      expect(bed.engine.measures().held["estimates"]).toBe(2);
    }),
  );
});
