import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Work } from "./work.js";

/** Where the quick ones are: tests that start no processes. */
const folders = ["packages/core/dist", "packages/plugin/dist", "packages/protocol/dist", "tools/dist/tidy/rule"];
const vitest = join("node_modules", "vitest", "vitest.mjs");

/** This repository's own unit tests: one command a file. */
export async function unitTests(root: string, filesMax: number): Promise<Work> {
  const perFolder = await Promise.all(folders.map((folder) => testFiles(root, folder)));
  const files = takeTurns(perFolder).slice(0, filesMax);
  return {
    title: "unit tests",
    launch: {
      name: "unit-tests",
      class: "unit-tests",
      profile: "test",
      task: "command/run",
      limits: { maxSlots: 2 },
      policy: { maxTrials: 2, timeoutMs: 40_000, hardTimeoutMs: 45_000 },
      tasks: files.map((file) => ({
        key: file,
        input: { command: [process.execPath, vitest, "run", file], cwd: root, env: { NO_COLOR: "1" } },
      })),
    },
    expected: () => ({ status: "succeeded" }),
  };
}

async function testFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js") && !entry.name.includes(".property."))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

/** The first of each list, then the second of each, and so on. */
function takeTurns(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
