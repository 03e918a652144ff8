import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { mochaAdapter } from "./adapter.js";

const root = fixture("mocha");
const scratch = mkdtempSync(join(tmpdir(), "capstan-mocha-"));
const marks = (): string => readFileSync(join(scratch, "marks"), "utf8");
let executor: TestExecutor;

beforeAll(async () => {
  executor = await TestExecutor.start(mochaAdapter, { MARKS: join(scratch, "marks") });
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface OwnReport {
  readonly tests: readonly object[];
  readonly passes: readonly { fullTitle: string }[];
  readonly pending: readonly { fullTitle: string }[];
  readonly failures: readonly { fullTitle: string }[];
}

/** What Mocha's own command line says of a file. */
async function own(file: string): Promise<string[]> {
  const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
  const args = [mocha, "--reporter=json", `--reporter-option=output=${join(scratch, "own.json")}`, file];
  await promisify(execFile)(process.execPath, args, { cwd: root }).catch(() => undefined);
  const { passes, pending, failures } = JSON.parse(readFileSync(join(scratch, "own.json"), "utf8")) as OwnReport;
  const titled = (tests: OwnReport["passes"], status: string): string[] =>
    tests.map(({ fullTitle }) => `${status}: ${fullTitle}`);
  return [...titled(passes, "passed"), ...titled(pending, "skipped"), ...titled(failures, "failed")];
}

describe("the adapter of Mocha", () => {
  it("says of every example what Mocha itself says", async () => {
    const [result, expected] = await Promise.all([executor.run({ file: "test/mixed.js", root }), own("test/mixed.js")]);
    const told = result.output.examples.map(({ name, status }) => `${status}: ${name.replaceAll(" > ", " ")}`);
    expect(new Set(told)).toEqual(new Set(expected));
    expect(told.length).toBe(expected.length);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 4, failed: 2, skipped: 3 } });
    expect(new Set(result.output.examples.map(({ id }) => id)).size).toBe(9);
    const [first, diff, thrown] = result.output.examples;
    expect(first).toMatchObject({ name: "adds", file: "test/mixed.js" });
    expect(diff?.message).toMatch(/^AssertionError.*mixed\.js:14:.*^ *-  "a": 1\n *\+  "a": 2$/ms);
    expect(thrown?.message).toMatch(/^TypeError: thrown on purpose\n +at .*mixed\.js:18/);
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "test/mixed.js", root }),
    60_000,
  );

  it("runs the next file in the same process, and nothing of the first is left", async () => {
    for (const _ of [1, 2]) {
      const result = await executor.run({ file: "test/clean.js", root });
      expect(result.error).toBe(undefined);
      expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    }
    expect(executor.child.exitCode).toBe(null);
  });

  it("runs one example alone by its id", async () => {
    const all = await executor.run({ file: "test/mixed.js", root });
    for (const { id, name, status } of all.output.examples) {
      const alone = await executor.run({ file: "test/mixed.js", root, examples: [id] });
      expect(statuses(alone)).toEqual({ [name]: status });
      expect(alone.output.examples[0]?.id).toBe(id);
    }
  });

  it("runs an ECMAScript module again and again", async () => {
    for (const _ of [1, 2]) {
      const result = await executor.run({ file: "test/module.mjs", root });
      expect(statuses(result)).toEqual({ "is an ECMAScript module": "passed" });
    }
  });

  it("runs of what .only chose what is asked for", async () => {
    const all = await executor.run({ file: "test/only.js", root });
    expect(statuses(all)).toEqual({ "chosen > is": "passed", "chosen > is, too": "passed" });
    const alone = await executor.run({ file: "test/only.js", root, examples: ["chosen is, too"] });
    expect(statuses(alone)).toEqual({ "chosen > is, too": "passed" });
  });

  it("passes on what was printed, as it is", async () => {
    const result = await executor.run({ file: "test/printing.js", root });
    expect(result.stdout === `one line\n${"x".repeat(200_000)}\nthe last line\n`).toBe(true);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file whose examples all are", async () => {
    const result = await executor.run({ file: "test/pending.js", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 1 } });
  });

  it.each([
    ["that throws at load", "test/broken.js", /thrown at load/],
    ["that requires what is not there", "test/absent-import.js", /no-such-file/],
    ["that is not there", "test/absent.js", /absent/],
    ["whose hook fails", "test/hook.js", /"before all" hook .*: thrown by a hook/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    expect(result.error?.stack).toContain("at ");
    expect(result.counts.passed).toBe(0);
  });

  it("ends a running file when it is told to stop", async () => {
    const onPrint = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "test/endless.js", root }, { onTrial: onPrint });
    expect(result.output.examples[0]?.message).toContain("the trial was stopped");
    expect((await executor.run({ file: "test/clean.js", root })).status).toBe("succeeded");
  });

  it("begins no file that is told to stop along with it", async () => {
    const stop = (trial: string): void => executor.send({ type: "stop", trial });
    const result = await executor.run({ file: "test/endless.js", root }, { onTrial: stop });
    expect(result).toMatchObject({ status: "failed", stdout: "", error: { message: "the trial was stopped" } });
    expect((await executor.run({ file: "test/clean.js", root })).status).toBe("succeeded");
  });

  it("ran its global fixtures once, and ends when its worker is gone", async () => {
    expect(marks()).toBe("loaded\nsetup\n");
    expect(await executor.close()).toEqual({ code: 0, signal: null });
    expect(marks()).toBe("loaded\nsetup\nteardown\n");
  });

  it("says why when a file ends the process", async () => {
    const victim = await TestExecutor.start(mochaAdapter);
    expect(await victim.run({ file: "test/exiting.js", root })).toMatchObject({
      type: "exiting",
      error: { name: "ProcessExit", message: "the process exited with code 7 while the file ran" },
    });
    expect(await victim.close()).toMatchObject({ code: 7 });
  });
});
