import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ProcessMark } from "@capstan/testkit";
import { expect, test } from "vitest";
import { withSystem, type System } from "./system.test.support.js";

/** Notes that it begins, and goes on for ever the first time it runs. */
function command(folder: string, mark: ProcessMark): { command: string; env: Record<string, string> } {
  const text = `echo begins >> ${folder}/log; [ $(wc -l < ${folder}/log) -gt 1 ] || exec sleep 1000`;
  return { command: text, env: { ...mark.env } };
}

const begun = async ({ folder }: System): Promise<number> =>
  (await readFile(join(folder, "log"), "utf8")).split("\n").length - 1;
/** One trial and no loss: whatever costs something ends the task. */
const poor = { maxTrials: 1, maxLosses: 0 };

test("a trial that its worker stops because it leaves costs nothing: the task runs elsewhere", async () => {
  await withSystem(async (system) => {
    const mark = new ProcessMark();
    const first = await system.worker("first");
    const task = await system.client.launch("command/run", command(system.folder, mark), { policy: poor });
    await mark.waitForCount(1);
    await system.worker("second");
    await first.close({ graceMs: 0, stopGraceMs: 1_000 });
    await task.result();
    expect(await task.refresh()).toMatchObject({
      status: "succeeded",
      isFlaky: false,
      trials: { counted: 0, lost: 0, total: 2 },
      lastTrial: { workerName: "second" },
    });
    expect(await begun(system)).toBe(2);
  });
});

test("one that is not safe to rerun fails as cancelled when its worker leaves, and never runs again", async () => {
  await withSystem(async (system) => {
    const mark = new ProcessMark();
    const first = await system.worker("first");
    const policy = { safeToRerun: false };
    const task = await system.client.launch("command/run", command(system.folder, mark), { policy });
    await mark.waitForCount(1);
    await system.worker("second");
    await first.close({ graceMs: 0, stopGraceMs: 1_000 });
    await expect(task.result()).rejects.toMatchObject({ code: "task-failed" });
    expect(await task.refresh()).toMatchObject({
      status: "failed",
      cause: "cancelled",
      trials: { counted: 0, lost: 0, total: 1 },
    });
    expect(await begun(system)).toBe(1);
  });
});

test("a pause that stops what runs costs nothing, and ends what is not safe to rerun", async () => {
  await withSystem(async (system) => {
    const { client, folder } = system;
    const mark = new ProcessMark();
    await system.worker("first", { slots: 2 });
    const unsafe = { command: "exec sleep 1000", env: { ...mark.env } };
    const taskset = await client.launchTaskset({
      task: "command/run",
      tasks: [
        { key: "safe", input: command(folder, mark), policy: poor },
        { key: "unsafe", input: unsafe, policy: { safeToRerun: false } },
      ],
    });
    await mark.waitForCount(2);
    await taskset.pause({ stop: true });
    await mark.waitForCount(0);
    await taskset.resume();
    await taskset.result().catch(() => {});
    const { tasks } = await taskset.report();
    expect(Object.fromEntries(tasks.map(({ key, status, cause }) => [key, cause ?? status]))).toEqual({
      safe: "succeeded",
      unsafe: "cancelled",
    });
    expect(await begun(system)).toBe(2);
  });
});
