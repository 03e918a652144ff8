import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed } from "../engine/engine-bed.test.support.js";

const definition = "command/run";
const input = { command: "true" };
const counts = (bed: EngineBed) => bed.operations.status(namespace).tasks;

describe("a launch", () => {
  it.each([
    ["an unknown plugin", { definition: "nobody/run" }, "unknown-plugin"],
    ["an unknown definition", { definition: "command/dance" }, "unknown-definition"],
    ["an unknown revision", { definition, revision: "rev_00000000000000000000000000" }, "unknown-revision"],
    ["input of another shape", { definition, input: { command: 5 } }, "invalid-input"],
  ] as const)("of %s is refused by code and changes nothing", async (_, launch, code) => {
    await withBed(async (bed) => {
      await expect(bed.operations.launchTask(namespace, launch)).rejects.toMatchObject({ code });
      const bulk = { tasks: [{ definition, input }, launch] };
      await expect(bed.operations.launchTasks(namespace, bulk)).rejects.toMatchObject({
        code,
        details: { position: 1 },
      });
      const taskset = { tasks: [{ definition, input }, launch] };
      await expect(bed.operations.launchTaskset(namespace, taskset)).rejects.toMatchObject({ code });
      expect(bed.engine.loop.state.tasks.size + bed.engine.loop.state.tasksets.size).toBe(0);
      expect(counts(bed)).toMatchObject({ waiting: 0, queued: 0, running: 0 });
    })();
  });

  it(
    "beyond the backlog is refused as overloaded, whole",
    withBed(
      async (bed) => {
        const tasks = Array.from({ length: 3 }, () => ({ definition, input }));
        await expect(bed.operations.launchTasks(namespace, { tasks })).rejects.toMatchObject({ code: "overloaded" });
        expect(counts(bed).queued).toBe(0);
        await bed.operations.launchTasks(namespace, { tasks: tasks.slice(1) });
        await expect(bed.launch()).rejects.toMatchObject({ code: "overloaded", retryable: true });
      },
      { backlogMax: 2 },
    ),
  );
});

describe("a name", () => {
  it(
    "is had by one active taskset, also of those that are launched together",
    withBed(async (bed) => {
      const tasks = [{ definition, input }];
      const whole = () => bed.operations.launchTaskset(namespace, { name: "unit", tasks });
      const streamed = () => bed.operations.openTaskset(namespace, { name: "unit" });
      const settled = await Promise.allSettled([whole(), streamed(), whole(), streamed()]);
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const each of settled)
        if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "name-taken" });
      expect(bed.engine.loop.state.tasksets.size).toBe(1);
    }),
  );
});

describe("an idempotency key", () => {
  const keyed = (more: object = {}) => ({ definition, input, idempotencyKey: "order 7", ...more });

  it(
    "meets the first launch, at once, together and after a restart",
    withBed(async (bed) => {
      const [one, two] = await Promise.all([bed.launch(keyed()), bed.launch(keyed())]);
      expect(two).toEqual({ task: one.task, isDuplicate: true });
      await bed.kill();
      await bed.start();
      expect(await bed.launch(keyed())).toEqual({ task: one.task, isDuplicate: true });
      expect(bed.engine.loop.state.counts.queued).toBe(1);
    }),
  );

  it(
    "with another input is a conflict, and changes nothing",
    withBed(async (bed) => {
      const { task } = await bed.launch(keyed());
      const other = keyed({ input: { command: "false" } });
      const conflict = { code: "idempotency-conflict", details: { holder: task } };
      await expect(bed.launch(other)).rejects.toMatchObject(conflict);
      expect(bed.engine.loop.state.tasks.size).toBe(1);
    }),
  );

  it(
    "in a bulk launch with another input refuses the whole launch",
    withBed(async (bed) => {
      await bed.launch(keyed());
      const other = keyed({ input: { command: "false" } });
      const bulk = { tasks: [{ definition, input }, other, { definition, input, idempotencyKey: "order 8" }] };
      await expect(bed.operations.launchTasks(namespace, bulk)).rejects.toMatchObject({ code: "idempotency-conflict" });
      await bed.settle();
      expect(bed.engine.loop.state.tasks.size).toBe(1);
    }),
  );

  it(
    "twice in one bulk launch with two inputs refuses the whole launch",
    withBed(async (bed) => {
      const bulk = { tasks: [keyed(), keyed({ input: { command: "false" } })] };
      await expect(bed.operations.launchTasks(namespace, bulk)).rejects.toMatchObject({ code: "idempotency-conflict" });
      await bed.settle();
      expect(bed.engine.loop.state.tasks.size).toBe(0);
    }),
  );

  it(
    "is free again when its time is over",
    withBed(async (bed) => {
      const { task } = await bed.launch(keyed({ idempotencyMs: 1_000 }));
      await bed.advance(1_001);
      expect((await bed.launch(keyed())).task).not.toBe(task);
    }),
  );

  it(
    "is free again when the launch under it failed",
    withBed(async (bed) => {
      await expect(bed.launch(keyed({ definition: "command/dance" }))).rejects.toMatchObject({
        code: "unknown-definition",
      });
      expect((await bed.launch(keyed())).isDuplicate).toBe(false);
    }),
  );

  it(
    "of a taskset is durable with the taskset, in one commit",
    withBed(async (bed) => {
      const launch = { idempotencyKey: "suite", tasks: [{ definition, input }] };
      const commits = bed.store.commits;
      const { taskset } = await bed.operations.launchTaskset(namespace, launch);
      expect(bed.store.commits).toBe(commits + 1);
      await bed.kill();
      await bed.start();
      expect(await bed.operations.launchTaskset(namespace, launch)).toEqual({ taskset, tasks: 1, isDuplicate: true });
    }),
  );

  it(
    "of a taskset is free again when its time is over",
    withBed(async (bed) => {
      const launch = { idempotencyKey: "suite", idempotencyMs: 1_000, tasks: [{ definition, input }] };
      const { taskset } = await bed.operations.launchTaskset(namespace, launch);
      await bed.advance(1_001);
      expect((await bed.operations.launchTaskset(namespace, launch)).taskset).not.toBe(taskset);
    }),
  );
});

describe("a streamed launch", () => {
  it(
    "runs when it is sealed, and not before",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const stream = await bed.operations.openTaskset(namespace, { definition });
      await stream.push([{ input }, { input }]);
      await bed.settle();
      expect(worker.all("offer")).toEqual([]);
      expect(await stream.seal()).toMatchObject({ tasks: 2 });
      await bed.settle();
      expect(worker.all("offer")).toHaveLength(2);
    }),
  );

  it(
    "vanishes whole when it breaks, and when the engine does",
    withBed(async (bed) => {
      const [broken, cut] = [
        await bed.operations.openTaskset(namespace, { definition }),
        await bed.operations.openTaskset(namespace, { definition }),
      ];
      await broken.push([{ input }]);
      await cut.push([{ input }]);
      await broken.discard();
      await bed.kill();
      await bed.start();
      await bed.settle();
      for (const { taskset } of [broken, cut]) {
        await expect(bed.operations.getTaskset(namespace, taskset)).rejects.toMatchObject({ code: "not-found" });
      }
      expect((await bed.operations.listTasks(namespace, {})).items).toEqual([]);
      expect(counts(bed).queued).toBe(0);
    }),
  );

  it(
    "takes no more once it is cancelled",
    withBed(async (bed) => {
      const stream = await bed.operations.openTaskset(namespace, { definition });
      await stream.push([{ input }]);
      await bed.operations.cancelTaskset(namespace, stream.taskset);
      await bed.settle();
      await expect(stream.push([{ input }])).rejects.toMatchObject({ code: "already-final" });
      await expect(stream.seal()).rejects.toMatchObject({ code: "already-final" });
      await stream.discard();
      const view = await bed.operations.getTaskset(namespace, stream.taskset);
      expect(view).toMatchObject({ status: "cancelled", counts: { total: 1, cancelled: 1 } });
    }),
  );

  it(
    "refuses a key that appears twice, naming its place",
    withBed(async (bed) => {
      const stream = await bed.operations.openTaskset(namespace, { definition });
      await stream.push([{ input, key: "a" }]);
      const twice = stream.push([
        { input, key: "b" },
        { input, key: "a" },
      ]);
      await expect(twice).rejects.toMatchObject({ code: "invalid-request", details: { position: 2 } });
    }),
  );
});
