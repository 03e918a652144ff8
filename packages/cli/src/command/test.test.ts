import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

/** A folder with the files of a suite. */
async function tree(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(bed.folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

const importing = `import { test } from "node:test"; import assert from "node:assert/strict";\n`;
const good = `${importing}test("adds", () => assert.equal(1 + 1, 2));\ntest("later", { skip: "not yet" }, () => {});\n`;
const bad = `${importing}test("breaks", () => assert.equal(1, 2));\ntest("holds", () => {});\n`;
const manifest = JSON.stringify({ type: "module", scripts: { test: "node --test" } });

describe("capstan test", () => {
  test("finds framework and files, runs them on the engine, and tells the examples that failed", async () => {
    const root = await tree("suite", { "package.json": manifest, "a.test.js": good, "sub/b.test.js": bad, "c.js": "" });
    const argv = ["test", "--name", "unit", "--max-trials", "1", "--junit", "r.xml", "--json"];
    const { code, json } = await bed.call(argv, { cwd: root });
    expect(code).toBe(1);
    const [launched, failed, finished] = json;
    expect(launched).toMatchObject({ type: "launched", tasks: 2 });
    expect(failed).toMatchObject({ type: "failed", task: { key: "sub/b.test.js" }, examples: [{ name: "breaks" }] });
    expect(finished).toMatchObject({
      taskset: { class: "unit", profile: "test", counts: { succeeded: 1, failed: 1 } },
    });
    const xml = await readFile(join(root, "r.xml"), "utf8");
    expect(xml).toContain('tests="4" failures="1" errors="0" skipped="1"');
  });

  test("runs the files that fit the patterns, and ends with 0 when all pass", async () => {
    const root = await tree("some", { "package.json": manifest, "a.test.js": good, "b.test.js": bad });
    const { code, stdout } = await bed.call(["test", "a.*", "--adapter", "node-test"], { cwd: root });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 file launched\n/) as string });
  });

  test("leaves out what git ignores", async () => {
    const files = { "package.json": manifest, ".gitignore": "built/\n", "a.test.js": good, "built/b.test.js": bad };
    const root = await tree("ignoring", files);
    execFileSync("git", ["init", "-q"], { cwd: root });
    const { code, stdout } = await bed.call(["test", "--root", "ignoring"]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 file launched\n/) as string });
  });

  test("runs a command for each file, and tells the examples that it told in TAP or JUnit XML", async () => {
    const root = await tree("commanded", { "package.json": manifest, "a b.js": good, "b.js": bad });
    const tap = ["--command", "node --test --test-reporter=tap {}", "--results", "tap"];
    const junit = ["--command", "node --test --test-reporter=junit {} > {.}.xml", "--results", "junit:{.}.xml"];
    for (const options of [tap, junit]) {
      const argv = ["test", "*.js", ...options, "--max-trials", "1", "--junit", "r.xml", "--json"];
      const { code, json } = await bed.call(argv, { cwd: root });
      expect(code).toBe(1);
      const failed = json.filter(({ type }) => type === "failed");
      expect(failed).toMatchObject([
        { task: { key: "b.js" }, examples: [{ name: expect.stringContaining("breaks") as string }] },
      ]);
      expect(await readFile(join(root, "r.xml"), "utf8")).toContain('tests="4" failures="1" errors="0" skipped="1"');
    }
  });

  test.each([
    ["results without a command", ["test", "x", "--results", "tap"], "give --command too"],
    ["a command without files", ["test", "--command", "true"], "give paths or patterns"],
    ["a command and an adapter", ["test", "x", "--command", "true", "--adapter", "mocha"], "exclude each other"],
    ["results of no form", ["test", "x", "--command", "true", "--results", "xunit"], "--results is"],
    ["a path for TAP", ["test", "x", "--command", "true", "--results", "tap:x"], "behind junit: alone"],
    ["a folder of no framework", ["test", "--root", "bare"], "is set up for none of"],
    ["a framework without an adapter", ["test", "--adapter", "qunit"], "--adapter is"],
    ["patterns that nothing fits", ["test", "x/*", "--adapter", "node-test"], "fits x/*: give other patterns"],
    ["a folder that is not there", ["test", "--root", "nowhere"], "cannot be read: name another by --root"],
  ])("refuses %s", async (_, argv, message) => {
    await mkdir(join(bed.folder, "bare"), { recursive: true });
    const { code, stderr } = await bed.call(argv);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  });
});
