import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";

const run = promisify(execFile);
const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** What an example prints, in a folder of its own. */
async function printed(example: URL): Promise<string[]> {
  const { stdout, stderr } = await withFolder((folder) =>
    run(process.execPath, [fileURLToPath(example), folder], { timeout: 60_000 }),
  );
  expect(stderr).toBe("");
  return stdout.trimEnd().split("\n");
}

test("jobs are tried again, and launches happen once", async () => {
  expect(await printed(new URL("./retries-and-idempotency.js", import.meta.url))).toEqual([
    "sent by trial 3",
    "the same task: true true",
    "another input: idempotency-conflict",
    "no address: failed not-retryable after 1 trial",
  ]);
});

test("an application has its own queue", async () => {
  expect(await printed(new URL("./embedded-queue.js", import.meta.url))).toEqual([
    "accepted: 202",
    'billed: {"total":12}',
    "shown as: succeeded",
  ]);
});

test.skipIf(!hasPython)("a program in Python runs tasks", async () => {
  expect(await printed(new URL("./python-executor/main.js", import.meta.url))).toEqual([
    "deployed rev_",
    '{"title":"The Cat","words":2}',
    '{"title":"A Long Way","words":3}',
    '{"title":"On Foot","words":2}',
    "it printed: reading the cat",
  ]);
});

test("ten thousand tasks come in one stream", { timeout: 60_000 }, async () => {
  expect(await printed(new URL("./bulk-launch.js", import.meta.url))).toEqual([
    "launched: 201 10000",
    "ended: succeeded 10000",
  ]);
});
