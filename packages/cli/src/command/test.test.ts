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

  test("tries again no more often than --max-retries and --max-retry-share say of all files", async () => {
    const root = await tree("capped", { "package.json": manifest, "a.test.js": bad, "b.test.js": bad });
    for (const [flags, retries] of [
      [["--max-retries", "0"], 0],
      [["--max-retry-share", "50%"], 1],
    ] as const) {
      const { code, json } = await bed.call(["test", "--max-trials", "2", ...flags, "--json"], { cwd: root });
      expect({ code, end: json.at(-1) }).toMatchObject({
        code: 1,
        end: { taskset: { counts: { failed: 2, retries } } },
      });
    }
  });

  test("runs muted files and tells of them, and is not failed by them", async () => {
    const root = await tree("muting", {
      "package.json": manifest,
      "a.test.js": good,
      "b.test.js": bad,
      "c.test.js": bad,
      "muted.txt": "# known to fail\n\nb.test.js  # since May\n",
    });
    const argv = ["test", "--max-trials", "1", "--muted-from", "muted.txt", "--junit", "r.xml", "--json"];
    const { code, json } = await bed.call([...argv, "--mute", "c.test.js"], { cwd: root });
    const counts = { succeeded: 1, failed: 2, muted: 2 };
    expect({ code, end: json.at(-1) }).toMatchObject({ code: 0, end: { taskset: { status: "succeeded", counts } } });
    const xml = await readFile(join(root, "r.xml"), "utf8");
    expect(xml).toContain('tests="6" failures="0" errors="0" skipped="3"');
    expect(xml).toMatch(/name="breaks" classname="b\.test\.js"[^>]*><skipped message="muted: /);
    const some = await bed.call(["test", "--max-trials", "1", "--mute", "c.test.js"], { cwd: root });
    expect(some).toMatchObject({ code: 1, stdout: expect.stringContaining("2 failed (1 muted)") as string });
    expect(some.stdout).toMatch(/^c\.test\.js failed.* muted$/m);
    expect(some.stdout).not.toMatch(/^b\.test\.js failed.* muted$/m);
  });

  test("is run again by its name, only the files that failed, and tells what fails still", async () => {
    const root = await tree("again", {
      "package.json": manifest,
      "a.test.js": good,
      "b.test.js": bad,
      "c.test.js": bad,
    });
    await bed.call(["test", "--name", "again", "--max-trials", "1"], { cwd: root });
    await writeFile(join(root, "b.test.js"), good);
    const { code, json } = await bed.call(["rerun", "again", "--wait", "--json"]);
    expect(code).toBe(1);
    const failures = json.filter(({ type }) => type === "failed");
    expect(failures).toMatchObject([{ task: { key: "c.test.js", round: 2 }, examples: [{ name: "breaks" }] }]);
    expect(json.at(-1)).toMatchObject({ round: 2, counts: { succeeded: 2, failed: 1 } });
    const rounds: Record<string, number> = {};
    for await (const { key = "", round } of bed.client.tasks({ taskset: json.at(-1)!["id"] as string }))
      rounds[key] = round;
    expect(rounds).toEqual({ "a.test.js": 1, "b.test.js": 2, "c.test.js": 2 });
  });

  test("leaves out what git ignores", async () => {
    const files = { "package.json": manifest, ".gitignore": "built/\n", "a.test.js": good, "built/b.test.js": bad };
    const root = await tree("ignoring", files);
    execFileSync("git", ["init", "-q"], { cwd: root });
    const { code, stdout } = await bed.call(["test", "--root", "ignoring"]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 file launched\n/) as string });
  });

  test.each([
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
