import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { adapterNamed, commandAdapter } from "@capstan/adapter";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";
import { isolated } from "./isolation.js";

const bed = useBed();

const marking = `import os
with open(os.environ["MARKS"], "a") as marks: print(os.getpid(), file=marks)
def test_passes(): pass
`;
const crashing = `${marking}def test_crashes(): os.kill(os.getpid(), 9)\n`;

/** Runs a suite of pytest on one slot; gives the exit code and how many processes ran its files. */
async function run(
  root: string,
  argv: readonly string[],
): Promise<{ code: number | null; processes: number; hooks: number }> {
  const marks = join(root, "marks");
  await writeFile(marks, "");
  const hook = ["--before-all", `echo hook >> ${marks}`];
  const typed = ["test", "--local", "--jobs", "1", "--adapter", "pytest", "-e", `MARKS=${marks}`, ...hook, ...argv];
  const { code } = await bed.call(typed, { cwd: root });
  const lines = (await readFile(marks, "utf8")).trim().split("\n");
  const pids = lines.filter((line) => line !== "hook");
  return { code, processes: new Set(pids).size, hooks: lines.length - pids.length };
}

describe("files without isolation", { timeout: 240_000 }, () => {
  test("share a process, also by the configuration, which what is typed comes before; hooks run once around them", async () => {
    const config = JSON.stringify({ test: { isolate: false } });
    const files = { "test_a.py": marking, "test_b.py": marking, "test_c.py": marking };
    const root = await bed.tree("shared", { ...files, "capstan.config.json": config });
    expect(await run(root, [])).toEqual({ code: 0, processes: 1, hooks: 1 });
    expect(await run(root, ["--isolate"])).toEqual({ code: 0, processes: 3, hooks: 1 });
    await writeFile(join(root, "capstan.config.json"), "{}");
    await writeFile(join(root, "test_b.py"), crashing);
    // The file that ends the process is the one that fails, and one more process runs what is left.
    const argv = ["--no-isolate", "--max-trials", "1", "--report", "r.json"];
    expect(await run(root, argv)).toEqual({ code: 1, processes: 2, hooks: 1 });
    const { tasks } = JSON.parse(await readFile(join(root, "r.json"), "utf8")) as {
      tasks: { key: string; status: string }[];
    };
    const verdicts = Object.fromEntries(tasks.map(({ key, status }) => [key, status]));
    expect(verdicts).toEqual({ "test_a.py": "succeeded", "test_b.py": "failed", "test_c.py": "succeeded" });
  });

  test.each([
    ["jest", adapterNamed("jest"), "Jest"],
    ["node-test", adapterNamed("node-test"), "node:test"],
    ["a command", commandAdapter, "a command"],
  ])("are refused for %s, with the remedy", (_, adapter, title) => {
    expect(isolated(adapter, true)).toBe(adapter);
    expect(() => isolated(adapter, false)).toThrow(
      `--no-isolate does not fit ${title}, which isolates every file: leave it out; it is for Vitest, Mocha, pytest, RSpec`,
    );
  });
});
