import { expect, test } from "vitest";
import { pluginManifest, withBed, type EngineBed, type TestWorker } from "./engine-bed.test.support.js";

const spaces = ["red", "blue"] as const;

/** A worker of a namespace, that has joined and asked for work. */
async function joinIn(bed: EngineBed, space: string): Promise<TestWorker> {
  bed.transport.listen(`memory://${space}`, (connection) => bed.engine.acceptWorker(space, connection));
  const worker = bed.worker(`memory://${space}`);
  await worker.join({ name: "same", revisions: [] }, 4);
  return worker;
}

const policy = { concurrency: { key: "one", limit: 1 }, rate: { key: "one", limit: 1, perMs: 3_600_000 } };

test(
  "two namespaces use the same names, keys and limits, and never meet",
  withBed(async (bed) => {
    const { operations } = bed;
    const workers = await Promise.all(spaces.map((space) => joinIn(bed, space)));
    for (const space of spaces) await operations.deployRevision(space, "demo", { manifest: pluginManifest("1") });
    const big = "x".repeat(100_000);
    const launch = { definition: "demo/run", idempotencyKey: "same", key: "same", policy };
    const launched = await Promise.all(
      spaces.map((space) => operations.launchTask(space, { ...launch, input: { command: ["true", space, big] } })),
    );
    // The idempotency key of one holds nothing in the other, though the input differs.
    expect(launched.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false]);
    await bed.settle();
    // One permit and one grant an hour in each: both are granted.
    const grants = await Promise.all(workers.map((worker) => worker.accept()));
    for (const [at, worker] of workers.entries()) {
      expect(worker.all("offer").map(({ task }) => task)).toEqual([launched[at]!.task]);
      await worker.report(grants[at]!, "succeeded", { space: spaces[at] });
    }
    for (const [at, space] of spaces.entries()) {
      const other = spaces[1 - at]!;
      const { task } = launched[at]!;
      expect(await operations.getTask(space, task)).toMatchObject({ status: "succeeded", output: { space } });
      const foreign = [
        operations.getTask(other, task),
        operations.cancelTask(other, task),
        operations.rerunTask(other, task, {}),
        operations.listTrials(other, task),
      ];
      for (const refused of foreign) await expect(refused).rejects.toMatchObject({ code: "not-found" });
      expect((await operations.listTasks(space, {})).items.map(({ id }) => id)).toEqual([task]);
      const blob = grants[at]!.inputBlob!.digest;
      await expect(operations.openBlob(space, blob)).resolves.toBeDefined();
      await expect(operations.openBlob(other, blob)).rejects.toMatchObject({ code: "not-found" });
    }
  }),
);

test(
  "a token of one namespace's trial proves nothing to a worker of another",
  withBed(async (bed) => {
    const [red, blue] = await Promise.all(spaces.map((space) => joinIn(bed, space)));
    const { task } = await bed.operations.launchTask("red", {
      definition: "command/run",
      input: { command: ["true"] },
    });
    await bed.settle();
    const { trial, token, revision } = await red!.accept();
    await blue!.cut();
    const welcome = await blue!.join({ trials: [{ trial, task, token, revision, state: "running" }] });
    expect(welcome.fates).toMatchObject([{ trial, fate: "stop" }]);
    await blue!.report({ trial, token });
    expect(blue!.last("refused")).toMatchObject({ trial });
    expect((await bed.operations.getTask("red", task)).status).not.toBe("succeeded");
    await red!.report({ trial, token });
    expect((await bed.operations.getTask("red", task)).status).toBe("succeeded");
  }),
);
