import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin, defineTask, openCapstan, type EmbeddedCapstan, type OpenOptions } from "../index.js";

const maths = definePlugin({
  name: "maths",
  tasks: { double: defineTask({ run: (value: number) => value * 2 }) },
});

async function withCapstan(options: OpenOptions, use: (capstan: EmbeddedCapstan) => Promise<void>): Promise<void> {
  const capstan = await openCapstan(options);
  try {
    await use(capstan);
  } finally {
    await capstan.close({ graceMs: 0 });
  }
}

describe("Capstan within an application", () => {
  test("runs inline plugins and commands, and follows them", async () => {
    await withFolder((folder) =>
      withCapstan({ folder, plugins: [maths], slots: 2 }, async (capstan) => {
        const task = await capstan.launch(maths.tasks.double, 21);
        expect(await task.result()).toBe(42);
        const command = await capstan.launch("command/run", { command: ["echo", "hello"] });
        const { lastTrial } = await command.outcome();
        expect(await capstan.logText(lastTrial?.id ?? "")).toBe("hello\n");
        const tasks = Array.from({ length: 300 }, (_, input) => ({ input }));
        const taskset = await capstan.launchTaskset({ task: maths.tasks.double, tasks });
        expect((await taskset.result()).counts.succeeded).toBe(300);
      }),
    );
  });

  test("keeps what is queued until the folder is opened again", async () => {
    await withFolder(async (folder) => {
      let id = "";
      await withCapstan({ folder, plugins: [maths] }, async (capstan) => {
        id = (await capstan.launch(maths.tasks.double, 4, { delayMs: 400 })).id;
      });
      await withCapstan({ folder, plugins: [maths], runtimes: ["inline"] }, async (capstan) => {
        expect(await capstan.task(id).result()).toBe(8);
      });
    });
  });

  test("knows at once what was lost with a process that died, and waits for nobody", async () => {
    await withFolder(async (folder) => {
      const child = fork(fileURLToPath(new URL("./dying-application.test.support.js", import.meta.url)), [folder]);
      const [id] = (await once(child, "message")) as [string];
      child.kill("SIGKILL");
      await once(child, "exit");
      await withCapstan({ folder, plugins: [maths], runtimes: ["inline"] }, async (capstan) => {
        // Its lease would last for ten seconds.
        const lost = await capstan.task(id).outcome({ timeoutMs: 5_000 });
        expect(lost).toMatchObject({ status: "failed", cause: "lost", trials: { total: 1, lost: 1 } });
        const next = await capstan.launch(maths.tasks.double, 1);
        expect(await next.result({ timeoutMs: 5_000 })).toBe(2);
      });
    });
  });

  test("refuses a folder that is in use, and leaves nothing open when a plugin cannot be described", async () => {
    await withFolder(async (folder) => {
      await withCapstan({ folder }, async () => {
        await expect(openCapstan({ folder })).rejects.toMatchObject({ code: "store-locked" });
      });
      const broken = definePlugin({
        name: "broken",
        tasks: { a: defineTask({ policy: { maxTrials: 0 }, run: () => 1 }) },
      });
      await expect(openCapstan({ folder, plugins: [broken] })).rejects.toMatchObject({ code: "invalid-manifest" });
      await withCapstan({ folder }, async (capstan) => expect((await capstan.status()).workers).toBe(1));
    });
  });
});
