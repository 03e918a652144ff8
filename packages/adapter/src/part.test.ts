import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { FilePart } from "@capstan/protocol";
import { adapterNames } from "./adapter.js";
import { exampleName, partPattern } from "./channel/distinct-id.js";
import { commandAdapter } from "./command/adapter.js";
import { fixture, type TestExecutor, withExecutor } from "./executor.test.support.js";
import { adapterNamed, adapters } from "./registry.js";

type Result = Awaited<ReturnType<TestExecutor["run"]>>;

const counted: Readonly<Record<string, string>> = {
  vitest: "counted.spec.js",
  jest: "counted.spec.js",
  mocha: "test/counted.js",
  pytest: "package/test_counted.py",
  rspec: "spec/counted_spec.rb",
};

/** What these need is no dependency of this project. */
const needs: Readonly<Record<string, () => boolean>> = {
  pytest: () => spawnSync("python3", ["-c", "import pytest"]).status === 0,
  rspec: () => spawnSync("ruby", ["-e", "require 'rspec/core'"]).status === 0,
};

/** What really ran, by what it printed. */
function ran({ stdout }: Result): string[] {
  return stdout.match(/^ran: .*$/gm) ?? [];
}

function told({ output }: Result): string[] {
  return output.examples.map(({ id, status }) => `${status}: ${id}`);
}

/** A part for each list of names, and one for all others. */
function partsOf(lists: readonly (readonly string[])[]): FilePart[] {
  const of = lists.length + 1;
  return [
    ...lists.map((only, at) => ({ number: at + 1, of, only: [...only] })),
    { number: of, of, except: lists.flat() },
  ];
}

/** Each runs many files of a real framework. */
const timeout = 60_000;

describe.each(adapterNames.filter((name) => adapterNamed(name).runsParts))(
  "a file of %s in parts",
  { timeout },
  (name) => {
    const adapter = adapterNamed(name);
    const isThere = needs[name]?.() ?? true;

    it.skipIf(!isThere)("runs and tells every example once, those that came and went as well", async () => {
      await withExecutor(adapter, async (executor) => {
        const root = fixture(name);
        const run = (part?: FilePart): Promise<Result> =>
          executor.run({ file: counted[name]!, root, ...(part !== undefined && { part }) });
        const whole = await run();
        expect(whole.error).toBe(undefined);
        const ids = [...new Set(whole.output.examples.map(({ id }) => id))];
        const names = [...new Set(ids.map(exampleName))];
        expect(ids.length).toBe(whole.output.examples.length);
        // Every list lacks what came since, and one has what is gone.
        for (const lists of [
          [names.slice(0, 2), ["gone", ...names.slice(2, 3)]],
          [["gone"], names],
          [[], names.slice(0, 1)],
        ]) {
          const results: Result[] = [];
          for (const part of partsOf(lists)) results.push(await run(part));
          expect(results.map(({ status }) => status)).not.toContain("failed");
          expect(results.flatMap(told).toSorted()).toEqual(told(whole).toSorted());
          expect(results.flatMap(ran).toSorted()).toEqual(ran(whole).toSorted());
        }
      });
    });

    it.skipIf(!isThere)("leaves out the hooks of a group that is not in the part", async () => {
      await withExecutor(adapter, async (executor) => {
        const run = { file: counted[name]!, root: fixture(name) };
        const { output } = await executor.run(run);
        const last = output.examples.find((example) => example.name.endsWith("three"))!.id;
        const [only, rest] = partsOf([[last]]);
        expect((await executor.run({ ...run, part: only! })).stdout).toMatch(/^around$/m);
        expect((await executor.run({ ...run, part: rest! })).stdout).not.toMatch(/^around$/m);
      });
    });
  },
);

describe("a part", () => {
  it("is run by no adapter that cannot leave out all others", () => {
    const without = [...adapters, commandAdapter].filter(({ runsParts }) => !runsParts);
    expect(without.map(({ name }) => name)).toEqual(["node-test", "file-command"]);
  });

  it("has each id in one of them, whatever signs it has", () => {
    const ids = ["a", "a #2", "a #2 #2", "A", "(b|c)", "b", "x…", "x and more", "new\nline", `${"y".repeat(4_095)}…`];
    const [only, rest] = partsOf([["a", "(b|c)", "x…", `${"y".repeat(4_095)}…`]]).map(partPattern);
    for (const id of ids) expect([id, only!.test(id)]).toEqual([id, !rest!.test(id)]);
    expect(ids.filter((id) => only!.test(id)).length).toBe(6);
    expect(only!.test("y".repeat(5_000))).toBe(true);
  });

  it("may be none of a file of Mocha whose examples come up while others run, which says so", async () => {
    await withExecutor(adapterNamed("mocha"), async (executor) => {
      const root = fixture("mocha");
      const growing = await executor.run({ file: "test/growing.js", root });
      expect(growing).toMatchObject({ counts: { passed: 3 }, output: { isIndivisible: true } });
      expect((await executor.run({ file: "test/counted.js", root })).output.isIndivisible).toBe(undefined);
    });
  });

  it("also has the examples that its hooks make, and says so, when that was not known of a file of Mocha", async () => {
    await withExecutor(adapterNamed("mocha"), async (executor) => {
      const run = { file: "test/growing.js", root: fixture("mocha") };
      for (const part of partsOf([["growing is there too"]])) {
        const result = await executor.run({ ...run, part });
        const own = part.only === undefined ? "is there from the start" : "is there too";
        expect(told(result)).toEqual([`passed: growing ${own}`, "passed: growing grown"]);
        expect(result.output.isIndivisible).toBe(true);
      }
    });
  });
});
