import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();
const nodeModules = join(import.meta.dirname, "../../../../node_modules");

/** A suite of Mocha with one process for its files, in which one leaves something behind in all arrays. */
async function mochaSuite(name: string, pollute = "Array.prototype.last = 1;"): Promise<string> {
  const innocent = `it("is innocent", () => {});\n`;
  const files = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`test/${at}.js`, innocent]));
  const root = await bed.tree(name, {
    ...files,
    "test/5.js": `it("pollutes", () => { ${pollute} });\n`,
    "test/it.js": `const assert = require("node:assert");
it("counts", () => { const keys = []; for (const key in [7]) keys.push(key); assert.deepEqual(keys, ["0"]); });
it("holds", () => {});\n`,
  });
  await symlink(nodeModules, join(root, "node_modules"));
  return root;
}

describe("capstan bisect", () => {
  test("finds the file of Mocha that breaks another one, and how to show it", { timeout: 120_000 }, async () => {
    const cwd = await mochaSuite("polluted");
    const { code, json, stderr } = await bed.call(["bisect", "test/it.js", "--adapter", "mocha", "--json"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const rounds = json.filter(({ type }) => type === "round");
    expect(rounds[0]).toMatchObject({ step: "check", files: 7, roundsLeft: 4 });
    expect(rounds.at(-1)).toMatchObject({ step: "confirm", files: 1 });
    const command = "capstan bisect test/it.js --after test/5.js --adapter mocha";
    expect(json.at(-1)).toMatchObject({ type: "bisected", outcome: "found", culprits: ["test/5.js"], command });
    const again = await bed.call(command.split(" ").slice(1), { cwd });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(
      /^test\/it\.js fails after test\/5\.js\n {2}counts: AssertionError.*\n {2}again: capstan/m,
    );
    const other = await bed.call([...command.split(" ").slice(1), "--example", "holds"], { cwd });
    expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining("passes after all of them") as string });
  });

  test("asks the newest run of the suite what ran before it", { timeout: 120_000 }, async () => {
    const cwd = await mochaSuite("known");
    const argv = ["test", "test/[45].js", "test/it.js", "--adapter", "mocha", "--jobs", "1", "--max-trials", "1"];
    const suite = await bed.call([...argv, "--name", "known"], { cwd });
    expect(suite).toMatchObject({ code: 1 });
    const { code, json } = await bed.call(["bisect", "test/it.js", "--adapter", "mocha", "--name", "known", "--json"], {
      cwd,
    });
    expect(json[0]).toMatchObject({ type: "candidates", files: ["test/4.js", "test/5.js"], worker: "local" });
    expect({ code, end: json.at(-1) }).toMatchObject({ code: 0, end: { culprits: ["test/5.js"] } });
  });

  test.each([
    [
      "pytest",
      ["test_it.py", "test_b.py"],
      { pollute: 'open("left", "w")', check: 'assert not os.path.exists("left")' },
    ],
    [
      "rspec",
      ["spec/it_spec.rb", "spec/b_spec.rb"],
      { pollute: 'File.write("left", "")', check: 'expect(File).not_to exist("left")' },
    ],
  ] as const)(
    "finds the file of %s that leaves something in the tree, where each probe has a tree of its own",
    { timeout: 180_000 },
    async (adapter, [file, culprit], { pollute, check }) => {
      const text = (body: string): string =>
        adapter === "pytest"
          ? `import os\ndef test_it():\n    ${body}\n`
          : `RSpec.describe("it") { it("is") { ${body} } }\n`;
      const idle = adapter === "pytest" ? "pass" : "";
      const others = ["a", "c"].map((name) => [culprit.replace("b", name), text(idle)] as const);
      const cwd = await bed.tree(`left-${adapter}`, {
        ...Object.fromEntries(others),
        [culprit]: text(pollute),
        [file]: text(check),
      });
      const { code, json, stderr } = await bed.call(["bisect", file, "--adapter", adapter, "--workspace", "--json"], {
        cwd,
      });
      expect({ code, stderr, end: json.at(-1) }).toMatchObject({ code: 0, end: { culprits: [culprit] } });
    },
  );

  test(
    "refuses what fails alone, what does not fail, and what an executor dies of, and says what to do",
    { timeout: 120_000 },
    async () => {
      const cwd = await mochaSuite("odd", "process.exit(3);");
      await writeFile(join(cwd, "test/alone.js"), `it("breaks", () => { throw new Error("always"); });\n`);
      const says = async (argv: readonly string[]): Promise<string> => {
        const { code, stdout } = await bed.call(["bisect", ...argv, "--adapter", "mocha"], { cwd });
        expect(code).toBe(1);
        return stdout;
      };
      expect(await says(["test/alone.js", "--after", "test/1.js"])).toMatch(
        /fails alone: nothing.*\n {2}breaks: Error: always/,
      );
      expect(await says(["test/it.js", "--after", "test/[0-4].js"])).toMatch(/passes after all of them\n.*--times 10/);
      expect(await says(["test/it.js", "--after", "test/5.js"])).toMatch(/could not be judged.*\n.*exited with code 3/);
    },
  );

  test.each([
    [["test/none.js"], "is no file of"],
    [["test/it.js", "--after", "nothing/*"], '--after is "nothing/*"'],
    [["test/it.js", "--after", "test/it.js"], "name some by --after"],
    [["test/it.js", "--times", "0"], "--times"],
  ])("refuses %s", async (argv, message) => {
    const cwd = await bed.tree("refused", { "test/it.js": "" });
    const { code, stderr } = await bed.call(["bisect", ...argv, "--adapter", "mocha"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  test("cancels what runs at a signal", { timeout: 60_000 }, async () => {
    const cwd = await bed.tree("endless", {
      "test/it.js": `it("ends", () => {});`,
      "test/a.js": `it("waits", () => new Promise(() => setInterval(() => {}, 1e3))).timeout(0);`,
    });
    await symlink(nodeModules, join(cwd, "node_modules"));
    const result = bed.call(["bisect", "test/it.js", "--adapter", "mocha"], {
      cwd,
      onStdout: (text, signal) => text.includes("round 1") && signal("SIGINT"),
    });
    expect(await result).toMatchObject({ code: 130 });
    const ends = new Set<string>();
    for await (const { status } of bed.client.tasksets()) {
      ends.add(status);
      if (status === "cancelled") break;
    }
    expect(ends).toContain("cancelled");
    expect((await bed.client.status()).tasks.running).toBe(0);
  });
});
