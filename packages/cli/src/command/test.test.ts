import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

const importing = `import { test } from "node:test"; import assert from "node:assert/strict";\n`;
const good = `${importing}test("adds", () => assert.equal(1 + 1, 2));\ntest("later", { skip: "not yet" }, () => {});\n`;
const bad = `${importing}test("breaks", () => assert.equal(1, 2));\ntest("holds", () => {});\n`;
const manifest = JSON.stringify({ type: "module", scripts: { test: "node --test" } });

describe("capstan test", () => {
  test("finds framework and files, runs them on the engine, and tells the examples that failed", async () => {
    const root = await bed.tree("suite", {
      "package.json": manifest,
      "a.test.js": good,
      "sub/b.test.js": bad,
      "c.js": "",
    });
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
    const root = await bed.tree("some", { "package.json": manifest, "a.test.js": good, "b.test.js": bad });
    const { code, stdout } = await bed.call(["test", "a.*", "--adapter", "node-test"], { cwd: root });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 file launched\n/) as string });
  });

  test("tries again no more often than --max-retries and --max-retry-share say of all files", async () => {
    const root = await bed.tree("capped", { "package.json": manifest, "a.test.js": bad, "b.test.js": bad });
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
    const root = await bed.tree("muting", {
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
    const root = await bed.tree("again", {
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
    const root = await bed.tree("ignoring", files);
    execFileSync("git", ["init", "-q"], { cwd: root });
    const { code, stdout } = await bed.call(["test", "--root", "ignoring"]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 file launched\n/) as string });
  });

  test("runs a command for each file, and tells the examples that it told in TAP or JUnit XML", async () => {
    const root = await bed.tree("commanded", { "package.json": manifest, "a b.js": good, "b.js": bad });
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

  test("runs what capstan.config.ts says, where nothing else is typed", async () => {
    const config = `
      import { defineConfig } from "capstan/config";
      const slow = { files: ["slow/*.js"], name: "slow" };
      export default defineConfig({
        test: { adapter: "node-test", files: ["*.test.js"], maxTrials: 1, reports: { junit: "r.xml" }, suites: { slow } },
      });`;
    const files = { "a.test.js": good, "slow/b.js": bad, "package.json": manifest, "capstan.config.ts": config };
    const root = await bed.tree("configured", files);
    const { code, json } = await bed.call(["test", "--json"], { cwd: root });
    expect({ code, json }).toMatchObject({ code: 0, json: [{ tasks: 1 }, { taskset: { class: "node-test" } }] });
    expect(await readFile(join(root, "r.xml"), "utf8")).toContain('classname="a.test.js"');
    const slow = await bed.call(["test", "--suite", "slow", "--class", "typed", "--json"], { cwd: root });
    expect(slow).toMatchObject({
      code: 1,
      json: [{}, { type: "failed" }, { taskset: { name: "slow", class: "typed" } }],
    });
    expect(await bed.call(["test", "--suite", "fast"], { cwd: root })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--suite is "fast": capstan.config.ts has slow') as string,
    });
  });

  test("counts examples in the verdict, anew when a file is run again", async () => {
    const root = await bed.tree("counted", { "package.json": manifest, "a.test.js": good, "b.test.js": bad });
    const { stdout } = await bed.call(["test", "--name", "counted", "--max-trials", "1"], { cwd: root });
    const line = /counted failed: 1 succeeded, 1 failed \(examples: 2 passed, 1 failed, 1 skipped\) in /;
    expect(stdout).toMatch(line);
    expect((await bed.call(["rerun", "counted", "--wait"])).stdout).toMatch(line);
    expect((await bed.call(["tasksets", "show", "counted"])).stdout).toContain(
      "examples\t2 passed, 1 failed, 1 skipped\n",
    );
  });

  test("annotates failures on GitHub Actions, where what was written gives no commands, and sums up the step", async () => {
    const shouting = `${bad}console.log("::error::from the test");\n`;
    const root = await bed.tree("checkout/web", { "package.json": manifest, "a.test.js": good, "b.test.js": shouting });
    const summary = join(bed.folder, "summary.md");
    const env = {
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: join(bed.folder, "checkout"),
      GITHUB_STEP_SUMMARY: summary,
    };
    const { stdout } = await bed.call(["test", "--max-trials", "1"], { cwd: root, env });
    const [, token] = /^::stop-commands::(\w{32})$/m.exec(stdout)!;
    const [before, told] = stdout.split(`\n::${token}::\n`);
    expect(before).toContain("    ::error::from the test");
    expect(told).toMatch(/^::error file=web\/b\.test\.js(,line=\d+)?,title=breaks::/);
    const page = await readFile(summary, "utf8");
    expect(page).toMatch(
      /^### ❌ set\\_\w+ failed\n\n2 tasks in .* · 1 failed · examples: 2 passed, 1 failed, 1 skipped\n/,
    );
    expect(page).toMatch(/\n\| b\.test\.js › breaks \| /);
    expect((await bed.call(["test", "--max-trials", "1"], { cwd: root })).stdout).not.toMatch(/^::/m);
  });
});
