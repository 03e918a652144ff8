import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { nodeTestAdapter } from "./adapter.js";

const root = fixture("node-test");
let executor: TestExecutor;

beforeAll(async () => {
  executor = await TestExecutor.start(nodeTestAdapter);
});
afterAll(() => executor.close());

/** The tests that `node --test` tells of, by their own names, in its order; suites are none. */
async function own(file: string): Promise<[string, string][]> {
  const args = ["--test", "--test-reporter=tap", file];
  const run = promisify(execFile)(process.execPath, args, { cwd: root });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const line = /^ *(not )?ok \d+ - (.*?)( # (?:SKIP|TOD[O]).*)?\n +---\n((?:.*\n)*?) +\.\.\./gm;
  return [...stdout.matchAll(line)]
    .filter(([, , , , details = ""]) => !details.includes("type: 'suite'"))
    .map(([, not, name = "", mark]) => [name, mark ? "skipped" : not ? "failed" : "passed"]);
}

describe("the adapter of node:test", () => {
  it("says of every example what node --test says", async () => {
    const [result, expected] = await Promise.all([executor.run({ file: "mixed.test.js", root }), own("mixed.test.js")]);
    const told = result.output.examples.map(({ name, status }) => [name.split(" > ").at(-1), status]);
    expect(told).toEqual(expected);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 5, failed: 3, skipped: 3 } });
    const messages = new Map(result.output.examples.map(({ name, message = "" }) => [name, message]));
    expect(messages.get("has subtests > one fails")).toMatch(/^TypeError: thrown on purpose\n +at .*mixed\.test\.js:9/);
    expect(messages.get("has subtests")).toBe("1 subtest failed");
    expect(messages.get("a group (with signs: .*+) > fails with a diff")).toMatch(/a: 1.*a: 2.*mixed\.test\.js:18/s);
    expect(messages.get("a group (with signs: .*+) > within > leaves itself out")).toBe("for a reason");
    expect(result.output.examples.at(-1)).toMatchObject({ file: "mixed.test.js", line: 26 });
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "mixed.test.js", root }),
    60_000,
  );

  it("runs the next file from the same process, and nothing of the first is left", async () => {
    const result = await executor.run({ file: "clean.test.js", root });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    expect(executor.child.exitCode).toBe(null);
  });

  it("runs one example alone by its id", async () => {
    const all = await executor.run({ file: "mixed.test.js", root });
    const ran = all.output.examples.filter(({ status }) => status !== "skipped");
    expect(new Set(all.output.examples.map(({ id }) => id)).size).toBe(11);
    for (const { id, name, status } of ran) {
      const alone = await executor.run({ file: "mixed.test.js", root, examples: [id] });
      // A test whose subtests are left out cannot fail of them.
      expect(statuses(alone)).toEqual({ [name]: name === "has subtests" ? expect.any(String) : status });
      expect(alone.output.examples[0]?.id).toBe(id);
    }
  });

  it("passes on what was printed, as it is", async () => {
    const result = await executor.run({ file: "printing.test.js", root });
    expect(result.stdout === `one line\n${"x".repeat(200_000)}\nthe last line\n`).toBe(true);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file whose examples all are", async () => {
    const result = await executor.run({ file: "pending.test.js", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 1 } });
  });

  it.each([
    ["that throws at load", "broken.test.js", /thrown at load/],
    ["that imports what is not there", "absent-import.test.js", /no-such-file/],
    ["that is not there", "absent.test.js", /absent|Could not find/],
    ["whose hook fails", "hook.test.js", /thrown by a hook/],
    ["that ends its process", "exiting.test.js", /exit code 7/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    // Node 22 tells of the example above the throw, too.
    expect(result.counts.passed).toBeLessThanOrEqual(file === "broken.test.js" ? 1 : 0);
  });

  it("ends a running file when it is told to stop", async () => {
    const onPrint = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "endless.test.js", root }, { onTrial: onPrint });
    expect(result).toMatchObject({ status: "failed", counts: { passed: 0 } });
  });
});
