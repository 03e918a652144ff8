import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { execute } from "./execute.js";
import { type FrameworkName, ownRunners } from "./own/registry.js";
import { type ProjectReport, sameRun } from "./same-run.js";
import { sameTable } from "./table.js";

const main = fileURLToPath(new URL("./main.js", import.meta.url));
const require = createRequire(import.meta.url);

async function plantSuite(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function run(framework: FrameworkName, files: Readonly<Record<string, string>>): Promise<ProjectReport> {
  return withFolder(async (folder) => {
    const root = join(folder, "tree");
    await plantSuite(root, files);
    await mkdir(join(root, "node_modules"), { recursive: true });
    if (framework === "mocha")
      await symlink(dirname(require.resolve("mocha/package.json")), join(root, "node_modules/mocha"));
    const project = { name: "planted", framework, source: { from: "folder", path: root } } as const;
    return sameRun({ ...project, files: Object.keys(files) }, { folder, jobs: 2, tell: () => undefined });
  });
}

test("two runners that say the same of every example are the same", async () => {
  const report = await run("node-test", {
    "test/a.test.mjs": `import { describe, it, test } from "node:test";
test("passes", () => {});
test("is skipped", { skip: true }, () => {});
describe("a group", () => { it("fails", () => { throw new Error("on purpose"); }); });
test("around", async (t) => { await t.test("within", () => {}); });`,
    "test/broken.test.mjs": `throw new Error("at load");`,
  });
  expect(report.differences).toEqual([]);
  expect(report.own).toEqual({ passed: 3, failed: 1, skipped: 1 });
  expect(report.capstan).toEqual(report.own);
  expect(sameTable([report], [])).toMatch(/planted \? +node-test +5 +3 +1 +1 +the same/);
}, 120_000);

test("a file that depends on one before it differs for that reason", async () => {
  const report = await run("mocha", {
    "test/a.js": `globalThis.left = true; it("leaves something", () => {});`,
    "test/b.js": `it("finds it", () => { if (globalThis.left !== true) throw new Error("nothing"); });`,
  });
  expect(report.differences).toEqual([
    {
      file: "test/b.js",
      name: "finds it",
      own: "passed",
      capstan: "failed",
      reason: expect.stringMatching(/depends on files that ran before/) as unknown,
    },
  ]);
}, 120_000);

test("the command fails when nothing explains a difference", async () => {
  await withFolder(async (folder) => {
    // Only a worker says of which trial it is.
    await plantSuite(folder, {
      "tree/test/a.test.mjs": `import { test } from "node:test"; test("x", () => { if (process.env.CAPSTAN_SLOTS) throw new Error("told"); });`,
    });
    const argv = [process.execPath, main, "--dir", "tree", "--framework", "node-test", "--folder", "kept"];
    const { code, tail } = await execute(argv, { cwd: folder });
    expect(tail).toMatch(/test\/a\.test\.mjs: x: own passed, capstan failed: unexplained\n/);
    expect(code).toBe(1);
  });
}, 120_000);

test("a project that cannot be run is named, and fails the command", async () => {
  await withFolder(async (folder) => {
    const argv = [process.execPath, main, "--dir", folder, "--framework", "pytest", "--folder", join(folder, "kept")];
    const { code, tail } = await execute(argv, { cwd: folder });
    expect(tail).toMatch(/project was not compared: .* wrote no report/);
    expect(code).toBe(1);
  });
}, 120_000);

test("what is typed wrong is refused", async () => {
  const wrong = [
    [["nowhere"], "no project is called nowhere"],
    [["--dir", "."], "--dir needs --framework"],
    [["--files", "*.js"], "are for --dir"],
    [["--jobs", "0"], "--jobs takes"],
  ] as const;
  const ends = await Promise.all(wrong.map(([args]) => execute([process.execPath, main, ...args], { cwd: "." })));
  expect(ends).toEqual(wrong.map(([, why]) => ({ code: 2, tail: expect.stringContaining(why) as unknown })));
}, 120_000);

test("every framework with an adapter has its own runner beside it", () => {
  expect(Object.keys(ownRunners).toSorted()).toEqual(["jest", "mocha", "node-test", "pytest", "rspec", "vitest"]);
});
