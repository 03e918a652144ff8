import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FileCommand } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { type Result, statuses, TestExecutor } from "../executor.test.support.js";
import { commandAdapter } from "./adapter.js";

const suite = `import { test } from "node:test";
test("adds", () => {});
test("breaks", () => { throw new Error("on purpose"); });
test("rests", { skip: "not yet" }, () => {});
`;

/** Runs a file by each of the commands, one after another in one executor. */
async function runAll(root: string, commands: readonly FileCommand[]): Promise<Result[]> {
  await writeFile(join(root, "a.mjs"), suite);
  const executor = await TestExecutor.start(commandAdapter);
  try {
    const results: Result[] = [];
    for (const command of commands) results.push(await executor.run({ file: "a.mjs", root, command }));
    return results;
  } finally {
    await executor.close();
  }
}

const run = (line: string, results?: FileCommand["results"]): FileCommand => ({ line, ...(results && { results }) });
const byName = { adds: "passed", breaks: "failed", rests: "skipped" };

describe("the adapter of a command", () => {
  test("tells the same from TAP, from a file of JUnit XML, and from one that the command names", async () => {
    await withFolder(async (root) => {
      const junit = "node --test --test-reporter=junit --test-reporter-destination";
      const results = await runAll(root, [
        run("node --test --test-reporter=tap a.mjs", { form: "tap" }),
        run(`${junit}="$CAPSTAN_RESULTS" a.mjs`, { form: "junit" }),
        run(`${junit}=out.xml a.mjs`, { form: "junit", path: "out.xml" }),
      ]);
      const names = results.map((result) =>
        Object.fromEntries(
          Object.entries(statuses(result)).map(([name, status]) => [name.split(" > ").at(-1), status]),
        ),
      );
      expect(names).toEqual([byName, byName, byName]);
      for (const { status, counts, output } of results) {
        expect({ status, counts }).toEqual({ status: "failed", counts: { passed: 1, failed: 1, skipped: 1 } });
        expect(output.examples.find(({ status: each }) => each === "failed")?.message).toContain("on purpose");
      }
      expect(results[0]!.stdout).toContain("not ok 2 - breaks");
    });
  });

  test("takes the exit code when nothing else is said, with the file as its only example", async () => {
    await withFolder(async (root) => {
      const [good, bad, killed] = await runAll(root, [run("true"), run("echo no >&2; exit 3"), run("kill -SEGV $$")]);
      expect(good).toMatchObject({ status: "succeeded", counts: { passed: 1, failed: 0, skipped: 0 } });
      expect(bad!.output.examples).toMatchObject([
        { name: "a.mjs", status: "failed", message: "the command ended with exit code 3" },
      ]);
      expect(bad!.stderr).toBe("no\n");
      expect(killed!.output.examples).toMatchObject([{ message: "the command was ended by SIGSEGV" }]);
    });
  });

  test.each<[string, FileCommand, string]>([
    ["no results", run("true", { form: "junit" }), "wrote no results"],
    ["results of an earlier run", run("true", { form: "junit", path: "old.xml" }), "wrote no results"],
    ["other results", run(`echo hello > "$CAPSTAN_RESULTS"`, { form: "junit" }), "are not JUnit XML"],
    ["no TAP", run("echo hello", { form: "tap" }), "told of no test in TAP"],
    [
      "output that a daemon holds open",
      run("setsid sleep 4 & echo 1..2; echo ok", { form: "tap" }),
      "2 tests were planned",
    ],
    ["a bad end after good results", run("echo 1..1; echo ok; exit 9", { form: "tap" }), "ended with exit code 9"],
  ])("fails the file by name: %s", async (_, command, message) => {
    await withFolder(async (root) => {
      await writeFile(join(root, "old.xml"), "<testsuite/>");
      const [result] = await runAll(root, [command]);
      expect(result).toMatchObject({
        status: "failed",
        error: { message: expect.stringContaining(message) as string },
      });
    });
  });

  test("takes along what a command leaves in the background", async () => {
    await withFolder(async (root) => {
      const pipe = join(root, "pipe");
      execFileSync("mkfifo", [pipe]);
      // Ends when nobody holds the other end any more.
      const held = readFile(pipe);
      const [result] = await runAll(root, [run("exec 9> pipe; sleep 300 &")]);
      expect(result).toMatchObject({ status: "succeeded" });
      expect((await held).length).toBe(0);
    });
  });

  test("ends the command when the trial is stopped", async () => {
    await withFolder(async (root) => {
      const executor = await TestExecutor.start(commandAdapter);
      try {
        const running = executor.run(
          { file: "a", root, command: run("echo 1..2; echo ok 1 - first; exec sleep 300", { form: "tap" }) },
          { onTrial: (trial) => executor.child.stdout!.once("data", () => executor.send({ type: "stop", trial })) },
        );
        const result = await running;
        expect(statuses(result)).toEqual({ first: "passed" });
        expect(result.error?.message).toContain("was ended by SIGTERM");
      } finally {
        await executor.close();
      }
    });
  });
});
