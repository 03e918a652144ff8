import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshPostgres, hasPostgres, ProcessMark, Script } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bin } from "../engine.test.support.js";
import { call } from "../main.test.support.js";

describe.runIf(process.platform === "linux")("capstan engine and capstan worker", () => {
  let folder = "";
  const mark = new ProcessMark();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "capstan-start-"));
  });
  afterEach(async () => {
    await mark.killAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = (...args: string[]): Promise<Script> =>
    Script.start(bin, { args: [...args, "--json"], env: mark.env, cwd: folder });

  test("start each alone, work together, and end in order at a signal", async () => {
    const engine = await start("engine", "--port", "0");
    const { url } = JSON.parse(await engine.waitForLine("ready", 15_000)) as { url: string };
    const launched = await call(["launch", "command/run", '{"command":"echo done"}', "--url", url], { cwd: folder });
    expect(launched.code).toBe(0);
    const worker = await start("worker", "--url", url, "--name", "alone", "--slots", "3");
    const id = launched.stdout.trim();
    const waited = await call(["wait", id, "--json", "--url", url], { cwd: folder });
    expect(waited).toMatchObject({ code: 0, json: [{ id, status: "succeeded" }] });
    const workers = await call(["workers", "--json", "--url", url], { cwd: folder });
    expect(workers.json).toMatchObject([{ name: "alone", status: "ready", slots: 3 }]);
    expect(await worker.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(await engine.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    await mark.waitForCount(0);
  }, 60_000);

  test.skipIf(!hasPostgres())(
    "keep tasks in PostgreSQL where --store or CAPSTAN_STORE says, and say so",
    async () => {
      const store = await freshPostgres();
      const first = await start("engine", "--port", "0", "--store", store);
      const { url } = JSON.parse(await first.waitForLine("ready", 30_000)) as { url: string };
      const launched = await call(["launch", "command/run", '{"command":"echo done"}', "--url", url], { cwd: folder });
      expect(await first.stop("SIGTERM")).toEqual({ code: 0, signal: null });
      const env = { ...mark.env, CAPSTAN_STORE: store };
      const up = await Script.start(bin, { args: ["up", "--port", "0", "--data", "files"], env, cwd: folder });
      await up.waitForLine("tasks in PostgreSQL, files in", 30_000);
      const [, again = ""] = /up at (\S+)/.exec(await up.waitForLine("capstan is up", 1_000)) ?? [];
      const waited = await call(["wait", launched.stdout.trim(), "--json", "--url", again], { cwd: folder });
      expect(waited).toMatchObject({ code: 0, json: [{ status: "succeeded" }] });
      const second = await start("engine", "--port", "0", "--store", store);
      expect(await second.exited).toMatchObject({ code: 1 });
      expect(second.stderr).toMatch(/another engine has the store at postgres:.*stop it/);
      expect(await up.stop("SIGTERM")).toEqual({ code: 0, signal: null });
      await mark.waitForCount(0);
    },
    90_000,
  );
});
