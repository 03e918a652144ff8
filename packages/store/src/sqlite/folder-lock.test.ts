import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "./open-sqlite-store.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-lock-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function startHolder(thread: boolean): Promise<ChildProcess> {
  const child = fork(new URL("../conformance/store-child.js", import.meta.url), [folder, "hold", String(thread)]);
  await once(child, "message");
  return child;
}

describe("the lock of a folder", () => {
  it.each([
    [false, false],
    [true, true],
    [true, false],
  ])("refuses a second store in the same process (threads: %s, %s)", async (first, second) => {
    const holder = openSqliteStore({ folder, thread: first });
    await holder.open(1);
    const refused = openSqliteStore({ folder, thread: second });
    await expect(refused.open(2)).rejects.toMatchObject({ code: "store-locked", details: { pid: process.pid } });
    await holder.close(true);
    const next = openSqliteStore({ folder, thread: second });
    expect((await next.open(3)).epochs[0]).toBe(2);
    await next.close(true);
  });

  it.each([false, true])(
    "names another process that holds it, and is free when that is killed (thread: %s)",
    async (thread) => {
      const holder = await startHolder(thread);
      const refused = openSqliteStore({ folder, thread: false });
      const error: unknown = await refused.open(1).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "store-locked", details: { pid: holder.pid } });
      expect((error as Error).message).toContain(`process ${holder.pid}`);
      const exited = once(holder, "exit");
      holder.kill("SIGKILL");
      await exited;
      const next = openSqliteStore({ folder, thread: false });
      const opening = await next.open(2);
      expect([opening.epochs[0], opening.wasClean]).toEqual([2, false]);
      await next.close(true);
    },
  );
});
