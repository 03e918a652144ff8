import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshPostgres, hasPostgres, ProcessMark, Script } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bin } from "../engine.test.support.js";
import { call } from "../main.test.support.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function makeStore(name: string): Promise<void> {
  const { openSqliteStore } = await import("@capstan/store");
  const store = openSqliteStore({ folder: join(folder, name), thread: false });
  await store.open(0);
  await store.close(true);
}

describe("capstan store copy", () => {
  test("says what it copied, the digest, and what becomes of blobs and of the store", async () => {
    await makeStore("a");
    const { code, stdout, stderr } = await call(["store", "copy", "--from", "a", "--to", "b"], { cwd: folder });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/copied 65 rows from \S+a to \S+b\ndigest of both sha256:[0-9a-f]{64}\n$/);
    expect(stderr).toMatch(/blobs are files that were not copied: copy \S+a.blobs to \S+b.blobs, unless it is there/);
    expect(stderr).toMatch(/a is as it was: start no engine on it any more, or its tasks run twice/);
  });

  test("refuses a target that has a store, and a source that has none, with the remedy", async () => {
    await makeStore("a");
    await makeStore("b");
    const full = await call(["store", "copy", "--from", "a", "--to", "b"], { cwd: folder });
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/has a store already: name another folder/) });
    const none = await call(["store", "copy", "--from", "none", "--to", "c", "--json"], { cwd: folder });
    expect(none.code).toBe(2);
    expect(JSON.parse(none.stderr)).toMatchObject({ code: "invalid-config" });
  });
});

describe.runIf(process.platform === "linux" && hasPostgres())("an engine's store", () => {
  const mark = new ProcessMark();
  afterEach(() => mark.killAll());

  const start = (...args: string[]): Promise<Script> =>
    Script.start(bin, { args: [...args, "--json"], env: mark.env, cwd: folder });

  async function startEngine(...args: string[]): Promise<{ engine: Script; url: string }> {
    const engine = await start("engine", "--port", "0", "--data", "data", ...args);
    const { url } = JSON.parse(await engine.waitForLine("ready", 60_000)) as { url: string };
    return { engine, url };
  }

  async function launch(url: string, command: string): Promise<string> {
    const argv = ["launch", "command/run", JSON.stringify({ command }), "--url", url];
    const { code, stdout } = await call(argv, { cwd: folder });
    expect(code).toBe(0);
    return stdout.trim();
  }

  test("moves to PostgreSQL: what has finished is there with its output, and what waits runs there", async () => {
    const store = await freshPostgres();
    const copy = ["store", "copy", "--from", "data", "--to", store, "--json"];
    const first = await startEngine();
    const worker = await start("worker", "--url", first.url);
    const done = await launch(first.url, "echo before");
    expect((await call(["wait", done, "--url", first.url])).code).toBe(0);
    expect(await worker.stop("SIGTERM")).toMatchObject({ code: 0 });
    const waiting = await launch(first.url, "echo after");
    const refused = await call(copy, { cwd: folder });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: "store-locked" });
    expect(await first.engine.stop("SIGTERM")).toMatchObject({ code: 0 });

    const copied = await call(copy, { cwd: folder });
    expect(copied).toMatchObject({ code: 0, stderr: "" });
    expect(copied.json.at(-1)).toMatchObject({ type: "copied", digest: expect.stringMatching(/^sha256:/) });

    const second = await startEngine("--store", store);
    const log = await call(["logs", done, "--url", second.url]);
    expect(log).toMatchObject({ code: 0, stdout: "before\n" });
    await start("worker", "--url", second.url);
    const waited = await call(["wait", waiting, "--json", "--url", second.url]);
    expect(waited.json).toMatchObject([{ id: waiting, status: "succeeded", trials: { total: 1 } }]);
    expect((await call(["logs", waiting, "--url", second.url])).stdout).toBe("after\n");
    const listed = await call(["tasks", "--json", "--url", second.url]);
    expect(listed.json.map(({ id }) => String(id)).toSorted()).toEqual([done, waiting].toSorted());
  }, 240_000);
});
