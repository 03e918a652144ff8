import { afterEach, describe, expect, test } from "vitest";
import { defineTask, definePlugin } from "../plugin.js";
import { openTestCapstan, type TestCapstan, type TestOptions } from "../testing.js";

let t: TestCapstan;
/** Trials that began: their task's name, and when. */
let begun: [task: string, atMs: number][];

afterEach(() => t.close());

const work = definePlugin({
  name: "work",
  tasks: {
    note: defineTask({ run: (_: unknown, { trial }) => note("note", trial.number) }),
    fail: defineTask({
      run: (_: unknown, { trial }) => {
        note("fail", trial.number);
        throw new Error("not today");
      },
    }),
    /** Takes its time, and ends early when it is asked to. */
    take: defineTask({
      run: async (ms: number, { signal, trial }) => {
        note("take", trial.number);
        await t.sleep(ms, signal);
        return ms;
      },
    }),
    /** Cannot be stopped. */
    hang: defineTask({ run: () => new Promise<never>(() => {}) }),
  },
});

function note(task: string, trial: number): number {
  begun.push([task, t.clock.monotonicMs()]);
  return trial;
}

async function open(options: TestOptions = {}): Promise<TestCapstan> {
  begun = [];
  t = await openTestCapstan({ plugins: [work], ...options });
  return t;
}

describe("a test of Capstan", () => {
  test("runs tasks without time passing", async () => {
    await open();
    const task = await t.launch(work.tasks.note);
    expect(await task.result()).toBe(1);
    expect(t.clock.monotonicMs()).toBe(0);
  });

  test("lets delays pass", async () => {
    await open();
    const task = await t.launch(work.tasks.note, undefined, { delayMs: 24 * 3_600_000 });
    await t.advance("23h");
    expect((await task.refresh()).status).toBe("waiting");
    await t.advance("1h");
    expect((await task.refresh()).status).toBe("succeeded");
    expect(begun).toEqual([["note", 24 * 3_600_000]]);
  });

  test("lets backoffs pass, each at its own time", async () => {
    await open();
    const backoff = { initialMs: 10_000, factor: 3, jitter: 0 };
    const task = await t.launch(work.tasks.fail, undefined, { policy: { maxTrials: 3, backoff } });
    await expect(t.until(task.result())).rejects.toMatchObject({ code: "task-failed" });
    expect(begun.map(([, atMs]) => atMs)).toEqual([0, 10_000, 40_000]);
  });

  test("lets tasks expire in the queue", async () => {
    await open({ slots: 1 });
    await t.launch(work.tasks.take, 600_000, { policy: { timeoutMs: 3_600_000 } });
    const late = await t.launch(work.tasks.note, undefined, { policy: { expiresMs: 60_000 } });
    await t.advance("61s");
    expect(await late.refresh()).toMatchObject({ status: "failed", cause: "expired", trials: { total: 0 } });
  });

  test("stops tasks at their time limits", async () => {
    await open();
    const policy = { maxTrials: 1, timeoutMs: 30_000, hardTimeoutMs: 40_000 };
    const polite = await t.launch(work.tasks.take, 3_600_000, { policy });
    const stubborn = await t.launch(work.tasks.hang, undefined, { policy });
    await t.advance("29s");
    expect((await polite.refresh()).status).toMatch(/granted|running/);
    await t.advance("1s");
    expect(await polite.refresh()).toMatchObject({ status: "failed", cause: "timeout" });
    expect((await stubborn.refresh()).status).toMatch(/granted|running/);
    await t.advance("10s");
    expect(await stubborn.refresh()).toMatchObject({ status: "failed", cause: "timeout" });
  });
});

describe("a worker that is cut off", () => {
  test("loses its tasks when their leases end, and another one runs them", async () => {
    await open();
    const task = await t.launch(work.tasks.take, 60_000);
    await t.settle();
    const other = await t.addWorker({ plugins: [work] });
    t.worker.disconnect();
    await t.advance("9s");
    expect(begun).toHaveLength(1);
    await t.advance("4s");
    expect(begun).toHaveLength(2);
    await t.advance("60s");
    expect(await task.refresh()).toMatchObject({ status: "succeeded", trials: { total: 2, lost: 1, counted: 0 } });
    expect((await task.refresh()).lastTrial?.workerName).toBe(other.name);
  });

  test("never has a task run again that is not safe to rerun", async () => {
    await open();
    const task = await t.launch(work.tasks.take, 60_000, { policy: { safeToRerun: false } });
    await t.settle();
    t.worker.disconnect();
    await t.advance("15s");
    expect(await task.refresh()).toMatchObject({ status: "failed", cause: "lost", trials: { total: 1 } });
    expect(begun).toHaveLength(1);
  });

  test("goes on where it was when it is back in time", async () => {
    await open();
    const task = await t.launch(work.tasks.take, 30_000);
    await t.settle();
    t.worker.disconnect();
    await t.advance("4s");
    t.worker.reconnect();
    expect(await t.until(task.result(), "2m")).toBe(30_000);
    expect(await task.refresh()).toMatchObject({ trials: { total: 1, lost: 0 } });
  });
});

test("a run is the same each time, jitter and all", async () => {
  const run = async (seed: number): Promise<number[]> => {
    await open({ seed });
    const task = await t.launch(work.tasks.fail, undefined, { policy: { maxTrials: 5, backoff: { jitter: 1 } } });
    await t.until(task.outcome());
    await t.close();
    return begun.map(([, atMs]) => atMs);
  };
  const first = await run(7);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});

test("until gives up in the test's own time, and says so", async () => {
  await open();
  const task = await t.launch(work.tasks.take, 600_000, { policy: { timeoutMs: 3_600_000 } });
  await expect(t.until(task.result(), "1m")).rejects.toMatchObject({ code: "timed-out" });
  await expect(t.advance("5 minutes" as never)).rejects.toMatchObject({ code: "invalid-config" });
});
