import { expect, test } from "vitest";
import { namespace, withBed, type EngineBed, type TestWorker } from "./engine-bed.test.support.js";

const definition = "command/run";
const task = { input: { command: "true" } };

/** A worker of the bed, with one slot. */
async function join(bed: EngineBed): Promise<TestWorker> {
  const worker = bed.worker();
  await worker.join({ slots: 1 }, 1);
  return worker;
}

test(
  "the retries of a taskset are counted across a restart of the engine, and show in its counts",
  withBed(async (bed) => {
    const first = await join(bed);
    const limits = { maxRetries: 1 };
    const { taskset } = await bed.operations.launchTaskset(namespace, {
      definition,
      profile: "test",
      limits,
      tasks: [task, task],
    });
    await bed.settle();
    await first.report(await first.accept(), "failed");
    expect((await bed.operations.getTaskset(namespace, taskset)).counts).toMatchObject({ retries: 1, failed: 0 });
    await bed.kill();
    await bed.start();
    // The engine waits a lease for the workers that it knew.
    await bed.advance(10_000);
    const second = await join(bed);
    await second.report(await second.accept(), "failed");
    await second.send({ type: "acquire", revisions: "any", credits: 1 });
    await second.report(await second.accept(), "failed");
    const end = await bed.operations.getTaskset(namespace, taskset);
    expect(end).toMatchObject({ status: "failed", counts: { retries: 1, failed: 2 } });
    const { items } = await bed.operations.listTasks(namespace, { taskset });
    expect(items.map(({ cause }) => cause)).toEqual(["no-more-retries", "no-more-retries"]);
  }),
);
