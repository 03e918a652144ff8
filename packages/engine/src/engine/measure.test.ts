import { checkState } from "@capstan/core";
import { describe, expect, it } from "vitest";
import { namespace, pluginManifest, withBed, type EngineBed, type TestWorker } from "./engine-bed.test.support.js";

/** Runs to its end what came in: a lone task with keys of its own, and a taskset of a class of its own. */
async function oneRound(bed: EngineBed, worker: TestWorker, n: number): Promise<void> {
  await bed.launch({
    policy: { concurrency: { key: `customer-${n}` }, rate: { key: `partner-${n}`, limit: 5, perMs: 1_000 } },
  });
  const tasks = [{ key: "a", input: { command: "true" } }];
  await bed.operations.launchTaskset(namespace, { class: `branch-${n}`, definition: "command/run", tasks });
  for (let task = 0; task < 2; task += 1) await finish(bed, worker);
}

async function finish(bed: EngineBed, worker: TestWorker): Promise<void> {
  await bed.settle();
  await worker.report(await worker.accept());
  await worker.send({ type: "acquire", revisions: "any", credits: 1 });
  await bed.settle();
}

/** Longer than any limit by rate, and than estimates are remembered that nobody uses. */
async function minute(bed: EngineBed, worker: TestWorker): Promise<void> {
  for (let sequence = 1; sequence <= 31; sequence += 1) {
    await bed.advance(2_000);
    await worker.send({ type: "heartbeat", sequence });
  }
}

describe("what the engine holds", () => {
  it(
    "is told by what it is, and is gone with what it was held for",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join({}, 1);
      // A plain class of lone tasks stays as long as its revision.
      await bed.launch();
      await finish(bed, worker);
      await oneRound(bed, worker, 0);
      await minute(bed, worker);
      const before = bed.engine.measures().held;
      expect(before).toMatchObject({ workers: 1, sessions: 1, tasks: 0, tasksets: 0, trials: 0 });
      await bed.launch();
      await bed.settle();
      await worker.accept();
      expect(bed.engine.measures().held).toMatchObject({ tasks: 1, trials: 1, classes: 1, revisions: 1 });
      await worker.report(worker.last("grant"));
      await worker.send({ type: "acquire", revisions: "any", credits: 1 });
      for (let n = 1; n <= 30; n += 1) await oneRound(bed, worker, n);
      await minute(bed, worker);
      // Events are kept up to a number, and specs until garbage is collected.
      const { events: _events, specs: _specs, ...held } = bed.engine.measures().held;
      expect(before).toMatchObject(held);
    }),
  );

  it(
    "of a revision is gone with the revision",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join({}, 1);
      const round = async (version: string): Promise<void> => {
        await bed.deploy(pluginManifest(version));
        await bed.launch({ definition: "demo/run" });
        await finish(bed, worker);
        await bed.advance(1_000);
        await bed.operations.pruneRevisions(namespace, "demo", { keep: 0 });
      };
      await round("first");
      const { classes, demands } = bed.engine.measures().held;
      for (const version of ["a", "b", "c", "d"]) await round(version);
      expect(bed.engine.measures().held).toMatchObject({ classes, demands });
      checkState(bed.engine.loop.state);
    }),
  );
});
