import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Adapter } from "../adapter.js";
import { commandAdapter } from "../command/adapter.js";
import { fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { adapterNamed } from "../registry.js";
import { framedAdapter } from "./framed-adapter.js";
import type { Hooks } from "./hooks.js";

const scratch = mkdtempSync(join(tmpdir(), "capstan-frame-"));
const marks = join(scratch, "marks");
beforeEach(() => writeFileSync(marks, ""));
afterAll(() => rmSync(scratch, { recursive: true }));

const begun = (): string[] => readFileSync(marks, "utf8").trim().split("\n");
/** Hooks that leave a mark each. */
const marking = { beforeAll: `echo "before $PWD" >> ${marks}`, afterAll: `echo "after $PWD" >> ${marks}` };

function start(adapter: Adapter, hooks: Partial<Hooks> = {}): Promise<TestExecutor> {
  return TestExecutor.start(framedAdapter(adapter, { timeoutMs: 10_000, ...hooks }), {
    GIVEN: "from the worker",
    PYTHONDONTWRITEBYTECODE: "1",
  });
}

/** Runs a command as a file. */
const run = (executor: TestExecutor, line: string, root = scratch) =>
  executor.run({ file: "x", root, command: { line } });

describe("hooks around an executor", () => {
  it.each([
    ["mocha", "test/clean.js"],
    ["pytest", "package/test_clean.py"],
    ["rspec", "spec/clean_spec.rb"],
    ["jest", "clean.spec.js"],
    ["vitest", "clean.spec.js"],
    ["node-test", "clean.test.js"],
  ] as const)("run once before the first file of %s and once after the last", async (name, file) => {
    const root = fixture(name);
    const executor = await start(adapterNamed(name), marking);
    expect(begun()).toEqual([""]);
    const first = await executor.run({ file, root });
    expect(first).toMatchObject({ status: "succeeded", said: [{ type: "preparing" }, { type: "prepared" }] });
    expect(begun()).toEqual([`before ${root}`]);
    const second = await executor.run({ file, root });
    expect(second).toMatchObject({ status: "succeeded", said: [] });
    expect(statuses(second)).toEqual(statuses(first));
    expect(begun()).toEqual([`before ${root}`]);
    expect(await executor.leave()).toMatchObject({ code: 0, said: [] });
    expect(begun()).toEqual([`before ${root}`, `after ${root}`]);
  });

  it("print for the first file, leave variables for all, and know where they are", async () => {
    const beforeAll = `echo "PORT=81 2" >> "$CAPSTAN_ENV"; echo "for $CAPSTAN_HOOK: $GIVEN"; echo careful >&2`;
    const executor = await start(commandAdapter, {
      beforeAll,
      afterAll: `echo "$CAPSTAN_HOOK $PORT $CAPSTAN_WORKSPACE"`,
    });
    const line = `echo "$PORT $GIVEN"`;
    expect(await run(executor, line)).toMatchObject({
      stdout: "for beforeAll: from the worker\n81 2 from the worker\n",
      stderr: "careful\n",
    });
    expect(await run(executor, line)).toMatchObject({ stdout: "81 2 from the worker\n" });
    expect(await executor.leave()).toMatchObject({ code: 0, stdout: `afterAll 81 2 ${scratch}\n` });
  });

  it("frame each tree that the files come from", async () => {
    const other = mkdtempSync(join(scratch, "other-"));
    const executor = await start(commandAdapter, marking);
    for (const root of [scratch, scratch, other]) await run(executor, "true", root);
    expect(begun()).toEqual([`before ${scratch}`, `after ${scratch}`, `before ${other}`]);
    await executor.leave();
    expect(begun().at(-1)).toBe(`after ${other}`);
  });

  it("keep what the first has started until the end", async () => {
    const executor = await start(commandAdapter, { beforeAll: `sleep 100 & echo "SERVER=$!" > "$CAPSTAN_ENV"` });
    for (const _ of [1, 2]) expect(await run(executor, "kill -0 $SERVER")).toMatchObject({ status: "succeeded" });
    const { stdout } = await run(executor, "echo $SERVER");
    await executor.leave();
    process.kill(Number(stdout), "SIGKILL");
  });

  it.each([
    [
      "fails",
      "echo no database; echo at all >&2; exit 3",
      /^the hook beforeAll ended with exit code 3\nno database\nat all$/,
    ],
    ["fails on the way", "false; true", /ended with exit code 1/],
    ["is killed", "kill -9 $$", /was ended by SIGKILL/],
    ["takes too long", "echo slow; sleep 100", /took longer than 300 ms\nslow/],
    ["leaves no variables", 'echo "x y" > "$CAPSTAN_ENV"', /line 1 of \$CAPSTAN_ENV is not NAME=VALUE/],
  ])("end the executor and say why when the first %s", async (_, beforeAll, message) => {
    const executor = await start(commandAdapter, { ...marking, beforeAll, timeoutMs: 300 });
    const result = await run(executor, `echo file >> ${marks}`);
    expect(result).toMatchObject({ type: "exiting", error: { name: "HookFailed" } });
    expect(result.error?.message).toMatch(message);
    expect(await executor.close()).toEqual({ code: 1, signal: null });
    expect(begun()).toEqual([""]);
  });

  it.each([
    ["fails", "echo still in use; exit 4", /^the hook afterAll ended with exit code 4\nstill in use$/],
    ["takes too long", "sleep 100", /took longer than 300 ms/],
  ])("say so when the last %s", async (_, afterAll, message) => {
    const executor = await start(commandAdapter, { afterAll, timeoutMs: 300 });
    expect(await run(executor, "true")).toMatchObject({ status: "succeeded" });
    const { code, said } = await executor.leave();
    expect({ code, said }).toMatchObject({ code: 1, said: [{ type: "exiting", error: { name: "HookFailed" } }] });
    expect((said[0]!["error"] as Error).message).toMatch(message);
  });

  it("end with the trial that is stopped while the first runs", async () => {
    const executor = await start(commandAdapter, { ...marking, beforeAll: "echo in; sleep 100" });
    const stop = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "x", root: scratch, command: { line: "true" } }, { onTrial: stop });
    expect(result.error?.message).toMatch(/beforeAll was stopped/);
    expect(await executor.close()).toMatchObject({ code: 1 });
  });

  it("do not run after a program that died, and it is told how that did", async () => {
    const root = fixture("mocha");
    const executor = await start(adapterNamed("mocha"), marking);
    const exited = once(executor.child, "exit");
    expect(await executor.run({ file: "test/exiting.js", root })).toMatchObject({
      type: "exiting",
      error: { name: "ProcessExit" },
    });
    expect(await exited).toEqual([7, null]);
    await executor.close();
    expect(begun()).toEqual([`before ${root}`]);
  });

  it("do not run when no file did, nor when the worker is gone", async () => {
    const idle = await start(commandAdapter, marking);
    expect(await idle.leave()).toMatchObject({ code: 0 });
    expect(begun()).toEqual([""]);
    const executor = await start(commandAdapter, marking);
    await run(executor, "true");
    await executor.close();
    expect(begun()).toEqual([`before ${scratch}`]);
  });

  it("say which program cannot be started", async () => {
    const executor = await start({ ...commandAdapter, command: ["no-such-program"] }, marking);
    const { error } = await run(executor, "true");
    expect(error?.message).toMatch(/the program no-such-program could not be started/);
    await executor.close();
  });

  it("bring all files that the program needs, each once", () => {
    for (const name of ["mocha", "pytest"] as const) {
      const { files } = framedAdapter(adapterNamed(name), { timeoutMs: 1 });
      expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
      for (const { source } of files) expect(existsSync(source)).toBe(true);
    }
  });
});

describe("files one after another", () => {
  const file = (name: string, line: string) => ({ file: name, command: { line } });

  it("run in their order in one executor, and only the last is told of", async () => {
    const executor = await start(commandAdapter);
    const before = [file("a", `echo a; echo a >> ${marks}; exit 1`), file("b", `echo b >> ${marks}`)];
    const result = await executor.run({ ...file("c", `echo c >> ${marks}`), root: scratch, before });
    expect(result).toMatchObject({ type: "result", status: "succeeded", stdout: "a\n" });
    expect(Object.keys(statuses(result))).toEqual(["c"]);
    expect(begun()).toEqual(["a", "b", "c"]);
    const told = result.said.map(({ type, note }) => note ?? type);
    expect(told).toEqual(["preparing", "prepared", "a", "b", "c"]);
    await executor.close();
  });

  it("share what an executor of Mocha holds", async () => {
    const root = fixture("mocha");
    const executor = await start(adapterNamed("mocha"));
    const earlier = [{ file: "test/broken.js" }, { file: "test/mixed.js" }];
    const result = await executor.run({ file: "test/mixed.js", root, examples: ["adds"], before: earlier });
    expect(statuses(result)).toEqual({ adds: "passed" });
    await executor.close();
  });

  it("end with the one that is stopped", async () => {
    const executor = await start(commandAdapter);
    const stop = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const before = [file("a", "echo in; sleep 100"), file("b", `echo b >> ${marks}`)];
    const result = await executor.run({ ...file("c", "true"), root: scratch, before }, { onTrial: stop });
    expect(result).toMatchObject({ type: "result", status: "failed" });
    expect(begun()).toEqual([""]);
    await executor.close();
  });
});
