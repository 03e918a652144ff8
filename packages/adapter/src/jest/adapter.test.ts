import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { jestAdapter } from "./adapter.js";

const root = fixture("jest");
const scratch = mkdtempSync(join(tmpdir(), "capstan-jest-"));
let executor: TestExecutor;

beforeAll(async () => {
  executor = await TestExecutor.start(jestAdapter);
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface OwnReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { fullName: string; status: string }[];
  }[];
}

/** What Jest's own command line says of a file. */
async function own(file: string): Promise<[string, string][]> {
  const jest = join(dirname(createRequire(import.meta.url).resolve("jest/package.json")), "bin/jest.js");
  const out = join(scratch, "own.json");
  const args = [jest, "--ci", "--watchman=false", "--runInBand", "--json", `--outputFile=${out}`, file];
  await promisify(execFile)(process.execPath, args, { cwd: root }).catch(() => undefined);
  const { testResults } = JSON.parse(readFileSync(out, "utf8")) as OwnReport;
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ fullName, status }) => [fullName, status === "passed" || status === "failed" ? status : "skipped"]);
}

describe("the adapter of Jest", () => {
  it("says of every example what Jest itself says", async () => {
    const [result, expected] = await Promise.all([executor.run({ file: "mixed.spec.js", root }), own("mixed.spec.js")]);
    const { examples } = result.output;
    expect(examples.map(({ name, status }) => [name.replaceAll(" > ", " "), status])).toEqual(expected);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 3, failed: 2, skipped: 2 } });
    expect(new Set(examples.map(({ id }) => id)).size).toBe(7);
    const [first, diff, thrown] = examples;
    expect(first).toMatchObject({ name: "adds", file: "mixed.spec.js", line: 6 });
    expect(diff?.message).toMatch(/- {3}"a": 2,\n\+ {3}"a": 1,.*mixed\.spec\.js:12/s);
    expect(thrown?.message).toMatch(/^TypeError: thrown on purpose\n +at .*mixed\.spec\.js:16/);
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "mixed.spec.js", root }),
    60_000,
  );

  it("runs the next file in the same process, and nothing of the first is left", async () => {
    const result = await executor.run({ file: "clean.spec.js", root });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    expect(executor.child.exitCode).toBe(null);
  });

  it("runs one example alone by its id", async () => {
    const all = await executor.run({ file: "mixed.spec.js", root });
    for (const { id, name, status } of all.output.examples.filter((each) => each.status !== "skipped")) {
      const alone = await executor.run({ file: "mixed.spec.js", root, examples: [id] });
      expect(statuses(alone)).toEqual({ [name]: status });
      expect(alone.output.examples[0]?.id).toBe(id);
    }
  });

  it("passes on what was printed, as it is", async () => {
    const result = await executor.run({ file: "printing.spec.js", root });
    expect(result.stdout === `one line\n${"x".repeat(200_000)}\nthe last line\n`).toBe(true);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file whose examples all are", async () => {
    const result = await executor.run({ file: "pending.spec.js", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 1 } });
  });

  it.each([
    ["that throws at load", "broken.spec.js", /thrown at load/],
    ["that requires what is not there", "absent-import.spec.js", /no-such-file/],
    ["that is not there", "absent.spec.js", /absent/],
    ["whose hook fails", "hook.spec.js", /1 of 1 examples failed/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    expect(result.counts.passed).toBe(0);
  });

  it("ends when its worker is gone", async () => {
    expect(await executor.close()).toEqual({ code: 0, signal: null });
  });

  it("says why when a file ends the process", async () => {
    const victim = await TestExecutor.start(jestAdapter);
    expect(await victim.run({ file: "exiting.spec.js", root })).toMatchObject({
      type: "exiting",
      error: { name: "ProcessExit", message: "the process exited with code 7 while the file ran" },
    });
    expect(await victim.close()).toMatchObject({ code: 7 });
  });
});
