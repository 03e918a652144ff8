import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";
import { readHooks } from "./hook-options.js";

const bed = useBed();

const manifest = JSON.stringify({ type: "module", scripts: { test: "node --test" } });
/** Passes when the hook before all has run in this executor. */
const needing = `import { test } from "node:test"; import assert from "node:assert/strict";
test("has a database", () => assert.match(process.env.DATABASE, /^db_\\d+$/));\n`;
const files = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.test.js`, needing]));
const beforeAll = `echo "DATABASE=db_$CAPSTAN_EXECUTOR" > "$CAPSTAN_ENV"; echo "create $CAPSTAN_EXECUTOR" >> "$MARKS"`;
const lines = async (path: string): Promise<string[]> => (await readFile(path, "utf8")).trim().split("\n");

describe("hooks of a suite", () => {
  test("run once in each executor, before its first file and after its last, and what they print is told", async () => {
    const root = await bed.tree("hooked", { ...files, "package.json": manifest });
    const marks = join(root, "marks");
    const before = `MARKS=${marks}; ${beforeAll}`;
    const after = `echo "drop $CAPSTAN_EXECUTOR" >> ${marks}; echo "dropped $DATABASE"`;
    const argv = ["test", "--local", "--jobs", "2", "--before-all", before, "--after-all", after];
    const { code, stderr } = await bed.call(argv, { cwd: root });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const did = await lines(marks);
    const numbers = did.filter((line) => line.startsWith("create")).map((line) => Number(line.split(" ")[1]));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeLessThanOrEqual(2);
    for (const number of numbers) {
      expect(number).toBeLessThan(2);
      expect(did.filter((line) => line === `drop ${number}`)).toHaveLength(1);
      expect(stderr).toContain(`dropped db_${number}\n`);
    }
  });

  test.each([
    ["pytest", "test_a.py", `import os\ndef test_database():\n    assert os.environ["DATABASE"].startswith("db_")\n`],
    [
      "rspec",
      "spec/a_spec.rb",
      `RSpec.describe("it") { it("has a database") { expect(ENV.fetch("DATABASE")).to start_with("db_") } }\n`,
    ],
    ["mocha", "test/a.js", `it("has a database", () => { if (!process.env.DATABASE.startsWith("db_")) throw 1; });\n`],
  ])("run around the files of %s as well", async (adapter, file, text) => {
    const root = await bed.tree(`hooked-${adapter}`, { [file]: text });
    if (adapter === "mocha")
      await symlink(join(import.meta.dirname, "../../../../node_modules"), join(root, "node_modules"));
    const marks = join(root, "marks");
    const hooks = ["--before-all", `MARKS=${marks}; ${beforeAll}`, "--after-all", `echo drop >> ${marks}`];
    const { code, stderr } = await bed.call(["test", "--local", "--adapter", adapter, ...hooks], { cwd: root });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect((await lines(marks)).at(-1)).toBe("drop");
  });

  test("are read from the configuration, and run in the copy of the tree before it is cleaned up", async () => {
    const marks = join(bed.folder, "travelled");
    const hooks = {
      beforeAll: `MARKS=${marks}; ${beforeAll}`,
      afterAll: `echo "drop $CAPSTAN_EXECUTOR in $(cat note)" >> ${marks}`,
    };
    const cleanUp = `echo "clean up" >> ${marks}`;
    const config = JSON.stringify({ test: { jobs: 1, hooks, workspace: { cleanUp } } });
    const root = await bed.tree("travelling", {
      ...files,
      "package.json": manifest,
      "capstan.config.json": config,
      note: "the copy",
    });
    const { code, stderr } = await bed.call(["test", "--name", "travelling"], { cwd: root });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expect.poll(() => lines(marks), { timeout: 30_000 }).toContain("clean up");
    const did = await lines(marks);
    expect(did).toHaveLength(3);
    expect(did[0]).toMatch(/^create \d+$/);
    expect(did[1]).toBe(`drop ${did[0]!.split(" ")[1]} in the copy`);
  });

  test("run as well around an executor that is replaced", async () => {
    const root = await bed.tree("replaced", { "a.test.js": needing, "b.test.js": needing, "package.json": manifest });
    const marks = join(root, "marks");
    const hooks = [
      "--before-all",
      `MARKS=${marks}; ${beforeAll}`,
      "--after-all",
      `echo "drop $CAPSTAN_EXECUTOR" >> ${marks}`,
    ];
    // Each run of a bisection has an executor of its own.
    const { code, json } = await bed.call(["bisect", "a.test.js", "--after", "b.test.js", ...hooks, "--json"], {
      cwd: root,
    });
    expect({ code, end: json.at(-1) }).toMatchObject({ code: 1, end: { outcome: "never-fails" } });
    await expect.poll(async () => (await lines(marks)).length, { timeout: 30_000 }).toBe(4);
    const did = await lines(marks);
    for (const kind of ["create", "drop"]) expect(did.filter((line) => line.startsWith(kind))).toHaveLength(2);
  });

  test("end their files when the first fails: each has its trials, and says what the hook wrote", async () => {
    const root = await bed.tree("broken", { "a.test.js": needing, "b.test.js": needing, "package.json": manifest });
    const argv = ["test", "--before-all", "echo no server here >&2; exit 9", "--max-trials", "2"];
    const { code, json, stdout } = await bed.call([...argv, "--json"], { cwd: root });
    expect({ code, stdout }).toMatchObject({ code: 1 });
    const failures = json.filter(({ type }) => type === "failed");
    expect(failures).toHaveLength(2);
    for (const failure of failures) {
      expect(failure).toMatchObject({ task: { trials: { total: 2 }, cause: "error" } });
      expect(JSON.stringify(failure)).toContain("the hook beforeAll ended with exit code 9\\nno server here");
    }
    const { stdout: text } = await bed.call([...argv, "--max-failures", "1"], { cwd: root });
    expect(text).toContain("no server here");
  });

  test("do not become the default of the plugin", async () => {
    const root = await bed.tree("plain", { "a.test.js": "", "package.json": manifest });
    await bed.call(["test"], { cwd: root });
    const before = (await bed.client.plugins.get("node-test")).defaultRevision;
    await bed.call(["test", "--before-all", "true"], { cwd: root });
    const after = await bed.client.plugins.get("node-test");
    expect(after.defaultRevision).toBe(before);
    expect(after.revisions.length).toBeGreaterThan(1);
    expect(new Set(after.revisions.map(({ version }) => version)).size).toBe(after.revisions.length);
  });

  test.each([
    [{ hookTimeout: "5s" }, "give one of them"],
    [{ beforeAll: "true", hookTimeout: "5m" }, "give 4m at most"],
    [{ beforeAll: " " }, "--before-all is empty"],
    [{ afterAll: "x".repeat(5_000) }, "write it to a file of the tree"],
  ])("are refused: %o", (options, message) => {
    expect(() => readHooks(options)).toThrow(message);
  });
});
