import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, quiet, statuses, TestExecutor } from "../executor.test.support.js";
import { pytestAdapter } from "./adapter.js";

const root = fixture("pytest");
const isThere = spawnSync("python3", ["-c", "import pytest"]).status === 0;
const scratch = mkdtempSync(join(tmpdir(), "capstan-pytest-"));
let executor: TestExecutor;

beforeAll(async () => {
  const env = { ...quiet, MARKS: join(scratch, "marks") };
  if (isThere) executor = await TestExecutor.start(pytestAdapter, env);
});
afterAll(() => rmSync(scratch, { recursive: true }));

const ownStatus = new Map([
  ["PASSED", "passed"],
  ["FAILED", "failed"],
  ["ERROR", "failed"],
  ["SKIPPED", "skipped"],
  ["XFAIL", "skipped"],
]);

/** What pytest's own command line says of a file; an example that failed on the way out has two lines. */
async function own(file: string): Promise<Record<string, string>> {
  const args = ["-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-v", file];
  const run = promisify(execFile)("python3", args, {
    cwd: root,
    env: { ...process.env, ...quiet },
  });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const lines = stdout.matchAll(/^(\S+::.+?) ([A-Z]+)(?: \(.*\))? +\[ *\d+%\]$/gm);
  return Object.fromEntries([...lines].map(([, id, word = ""]) => [id, ownStatus.get(word)]));
}

describe.skipIf(!isThere)("the adapter of pytest (skipped without python3 and pytest)", () => {
  it("says of every example what pytest itself says", async () => {
    const file = "package/test_mixed.py";
    const [result, expected] = await Promise.all([executor.run({ file, root }), own(file)]);
    const { examples } = result.output;
    expect(Object.fromEntries(examples.map(({ id, status }) => [id, status]))).toEqual(expected);
    expect(examples.length).toBe(12);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 4, failed: 5, skipped: 3 } });
    const [first, diff, thrown, left, itself, xfail] = examples;
    expect(first).toMatchObject({ name: "test_adds", file, line: 10 });
    expect(diff).toMatchObject({ name: "TestGroup > test_fails_with_a_diff", line: 15 });
    expect(diff?.message).toMatch(/assert \{'a': 1\} == \{'a': 2\}/);
    expect(thrown?.message).toMatch(/TypeError: thrown on purpose.*test_mixed\.py:20: TypeError/s);
    expect([left?.message, itself?.message]).toEqual(["for a reason", "for another reason"]);
    expect(xfail?.message).toBe("expected to fail: not yet");
    expect(examples.map(({ name }) => name)).toContain("TestGroup > TestWithin > test_takes[b::c[d]]");
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "package/test_mixed.py", root }),
    60_000,
  );

  it("takes the id of a muted example as pytest prints it, or without the file", async () => {
    const input = { file: "package/test_mixed.py", root };
    const muted = ["TestGroup::test_fails_with_a_diff", "package/test_mixed.py::test_adds"];
    const result = await executor.run({ ...input, muted });
    expect(statuses(result)).toMatchObject({ "TestGroup > test_fails_with_a_diff": "muted", test_adds: "passed" });
    expect(result).toMatchObject({ status: "failed", counts: { passed: 4, failed: 4, skipped: 4 } });
  }, 60_000);

  it("fails of a fixture of the module that cannot end, though the example that tells of it is muted", async () => {
    const input = { file: "package/test_teardown.py", root };
    const plain = await executor.run(input);
    expect(plain).toMatchObject({ counts: { passed: 1, failed: 1 }, error: { name: "ExamplesFailed" } });
    const result = await executor.run({ ...input, muted: ["test_fails"] });
    expect(statuses(result)).toEqual({ test_passes: "passed", test_fails: "muted" });
    expect(result).toMatchObject({ status: "failed", counts: { failed: 0 }, error: { name: "TeardownFailed" } });
    expect(result.error?.message).toBe("OSError: the server would not end");
    expect("example" in result.error!).toBe(false);
  }, 60_000);

  it("runs the next file from the same process, and nothing of the first is left", async () => {
    const result = await executor.run({ file: "package/test_clean.py", root });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    expect(executor.child.exitCode).toBe(null);
  });

  it("runs one example alone by its id", async () => {
    const file = "package/test_mixed.py";
    const all = await executor.run({ file, root });
    for (const { id, name, status } of all.output.examples) {
      const alone = await executor.run({ file, root, examples: [id] });
      expect(statuses(alone)).toEqual({ [name]: status });
      expect(alone.output.examples[0]?.id).toBe(id);
    }
  });

  it("passes on what was printed, as it is", async () => {
    const result = await executor.run({ file: "package/test_printing.py", root });
    expect(result.status).toBe("succeeded");
    expect(result.stdout === `one line\n${"x".repeat(200_000)}\nthe last line\n`).toBe(true);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file that leaves itself out", async () => {
    const result = await executor.run({ file: "package/test_pending.py", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 0 } });
  });

  it.each([
    ["that throws at load", "test_broken.py", /LookupError: thrown at load/],
    ["that imports what is not there", "test_absent_import.py", /no_such_module/],
    ["that is not there", "test_absent.py", /test_absent/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file: `package/${file}`, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    expect(result.output.examples).toEqual([]);
  });

  it("outlives a file that ends its process, and keeps what it had told", async () => {
    const result = await executor.run({ file: "package/test_exiting.py", root });
    expect(result).toMatchObject({ status: "failed", counts: { passed: 1 }, error: { name: "ProcessExit" } });
    expect(result.error?.message).toContain("exit code 7");
  });

  it("ends a running file when it is told to stop", async () => {
    const onPrint = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "package/test_endless.py", root }, { onTrial: onPrint });
    expect(result).toMatchObject({ status: "failed", error: { name: "Interrupted" } });
    expect((await executor.run({ file: "package/test_clean.py", root })).status).toBe("succeeded");
  });

  it("asks nothing of a plugin that is there and not loaded", async () => {
    mkdirSync(join(scratch, "xdist"));
    writeFileSync(join(scratch, "xdist/__init__.py"), "");
    const other = await TestExecutor.start(pytestAdapter, { ...quiet, PYTHONPATH: scratch });
    expect(await other.run({ file: "package/test_clean.py", root })).toMatchObject({ status: "succeeded" });
    await other.close();
  });

  it("loaded its conftest once, and ends when its worker is gone", async () => {
    expect(readFileSync(join(scratch, "marks"), "utf8")).toBe("loaded\n");
    expect(await executor.close()).toEqual({ code: 0, signal: null });
  });
});
