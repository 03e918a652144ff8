import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { vitestAdapter } from "./adapter.js";

const root = fixture("vitest");
const scratch = mkdtempSync(join(tmpdir(), "capstan-vitest-"));
let executor: TestExecutor;

beforeAll(async () => {
  executor = await TestExecutor.start(vitestAdapter, { MARKS: join(scratch, "marks") });
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface OwnReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

/** What Vitest's own command line says of a file. */
async function own(file: string): Promise<[string, string][]> {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const outputFile = join(scratch, `${file}.json`);
  const vitest = join(import.meta.dirname, "../../../../node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--reporter=json", `--outputFile=${outputFile}`, file];
  await promisify(execFile)(process.execPath, args, { cwd: root, env }).catch(() => undefined);
  const { testResults } = JSON.parse(readFileSync(outputFile, "utf8")) as OwnReport;
  return testResults
    .filter(({ name }) => relative(root, name) === file)
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles, title, status }) => [
      [...ancestorTitles, title].join(" > "),
      status === "passed" || status === "failed" ? status : "skipped",
    ]);
}

describe("the adapter of Vitest", () => {
  it("says of every example what Vitest itself says", async () => {
    const [result, expected] = await Promise.all([executor.run({ file: "mixed.spec.js", root }), own("mixed.spec.js")]);
    expect(result.output.examples.map(({ name, status }) => [name, status])).toEqual(expected);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 3, failed: 2, skipped: 3 } });
    expect(new Set(result.output.examples.map(({ id }) => id)).size).toBe(8);
    const [, diff, thrown, , todo, left] = result.output.examples;
    expect(diff).toMatchObject({ file: "mixed.spec.js", line: 10 });
    expect(diff?.message).toMatch(/^AssertionError: expected .*- {3}"a": 2,\n\+ {3}"a": 1,.*mixed\.spec\.js:11:\d+$/s);
    expect(thrown?.message).toMatch(/^TypeError: thrown on purpose\n\n +at .*mixed\.spec\.js:16/);
    expect([todo?.message, left?.message]).toEqual(["todo", "for a reason"]);
    expect(result.error).toMatchObject({ name: "ExamplesFailed" });
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "mixed.spec.js", root }),
    60_000,
  );

  it("runs the next file in the same process, and nothing of the first is left", async () => {
    const { pid } = executor.child;
    const result = await executor.run({ file: "clean.spec.js", root });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    expect(executor.child).toMatchObject({ pid, exitCode: null });
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
    expect(result.status).toBe("succeeded");
    for (const text of ["one line\n", "written at once\n", `${"x".repeat(200_000)}\n`, "the last line\n"]) {
      expect(result.stdout.includes(text)).toBe(true);
    }
    expect(result.stdout.length).toBe(200_000 + "one line\nwritten at once\n\nthe last line\n".length);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file whose examples all are", async () => {
    const result = await executor.run({ file: "pending.spec.js", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 1 } });
  });

  it.each([
    ["that throws at load", "broken.spec.js", /thrown at load/],
    ["that imports what is not there", "syntax.spec.js", /no-such-file/],
    ["that is not there", "absent.spec.js", /absent/],
    ["whose hook fails", "hook.spec.js", /thrown by a hook/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    expect(result.counts.passed).toBe(0);
  });

  it("outlives a file that ends its process", async () => {
    const result = await executor.run({ file: "exiting.spec.js", root });
    expect(result.status).toBe("failed");
    expect(result.output.examples.at(-1)?.message).toMatch(/process\.exit/);
    expect((await executor.run({ file: "clean.spec.js", root })).status).toBe("succeeded");
  });

  it("ends a running file when it is told to stop", async () => {
    const onPrint = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "endless.spec.js", root }, { onTrial: onPrint });
    expect(result.counts).toMatchObject({ passed: 0 });
    expect((await executor.run({ file: "clean.spec.js", root })).status).toBe("succeeded");
  });

  it("ran its global setup once, and ends when its worker is gone", async () => {
    expect(readFileSync(join(scratch, "marks"), "utf8")).toBe("setup\n");
    expect(await executor.close()).toEqual({ code: 0, signal: null });
  });
});
