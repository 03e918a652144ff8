import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

const suite = `import { test } from "node:test"; import assert from "node:assert/strict";
test("breaks", () => assert.equal(1, 2));
test("breaks too", () => assert.equal(1, 3));
test("holds", () => {});
`;

/** A suite with a file two of whose examples fail, and one that fails while it is loaded. */
async function folder(name: string): Promise<string> {
  const root = join(bed.folder, name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "package.json"), '{ "type": "module", "scripts": { "test": "node --test" } }');
  await writeFile(join(root, "a.test.js"), suite);
  await writeFile(join(root, "load.test.js"), 'throw new Error("on purpose");\n');
  return root;
}

const run = ["test", "--max-trials", "1", "--class"];

describe("capstan mute", () => {
  test("keeps a file and examples muted for the suite of the folder, which then does not fail of them", async () => {
    const cwd = await folder("kept");
    const why = ["--reason", "fails since May", "--for", "14d", "--by", "ann"];
    const muted = await bed.call(["mute", "a.test.js::breaks", "./load.test.js", ...why], { cwd });
    expect(muted.stdout).toBe(
      "a.test.js::breaks is muted in node-test, unmuted in 14d: fails since May\n" +
        "load.test.js is muted in node-test, unmuted in 14d: fails since May\n",
    );
    const some = await bed.call(["test", "--max-trials", "1"], { cwd });
    expect(some).toMatchObject({ code: 1, stdout: expect.stringContaining(": 2 files launched, 2 muted\n") as string });
    expect(some.stdout).toContain("    × breaks too (a.test.js:3)\n");
    expect(some.stdout).toMatch(/^ {4}× breaks muted: AssertionError/m);
    expect(some.stdout).toMatch(/^load\.test\.js failed.* muted$/m);

    await bed.call(["mute", "a.test.js::breaks too"], { cwd });
    const all = await bed.call(["test", "--max-trials", "1", "--name", "kept", "--class", "node-test", "--json"], {
      cwd,
    });
    expect(all).toMatchObject({ code: 0 });
    expect(all.json[0]).toMatchObject({ type: "launched", tasks: 2, muted: 3 });
    expect(all.json.filter(({ type }) => type === "muted")).toMatchObject([
      { task: { key: "a.test.js", status: "succeeded" }, muted: [{ name: "breaks" }, { name: "breaks too" }] },
    ]);
    const counts = { succeeded: 1, failed: 1, muted: 1 };
    expect(all.json.at(-1)).toMatchObject({ taskset: { status: "succeeded", counts } });
    expect((await bed.call(["show", "kept", "--verbose"])).stdout).toMatch(/^ {4}muted breaks /m);

    const unmuted = await bed.call(["test", "--max-trials", "1", "--unmuted", "--json"], { cwd });
    expect(unmuted).toMatchObject({ code: 1 });
    expect(unmuted.json.at(-1)).toMatchObject({ taskset: { counts: { failed: 2, muted: 0 } } });
  }, 60_000);

  test("lists what is muted for people, pipes and programs, and unmutes it", async () => {
    const cwd = await folder("listed");
    const tests = ["a.test.js::breaks", "load.test.js"];
    await bed.call(["mute", ...tests, "--class", "listed", "--reason", "why"], { env: { USER: "bo" } });
    const lines = await bed.call(["muted", "listed"]);
    expect(lines.stdout).toMatch(
      /^a\.test\.js::breaks\tlisted\t\S+\t\tbo\twhy\nload\.test\.js\tlisted\t\S+\t\tbo\twhy\n$/,
    );
    const table = await bed.call(["muted", "listed"], { isTerminal: true, columns: 100 });
    expect(table.stdout).toMatch(/TEST +CLASS +SINCE +UNTIL +BY +REASON/);
    expect((await bed.call(["muted", "listed", "a.test.js", "--json"])).json).toMatchObject([
      { class: "listed", key: "a.test.js", example: "breaks", by: "bo" },
    ]);
    const unmuted = await bed.call(["unmute", "a.test.js::breaks", "b.js", "--class", "listed"]);
    expect(unmuted).toMatchObject({ code: 1, stdout: "a.test.js::breaks is no longer muted in listed\n" });
    expect(unmuted.stderr).toContain("b.js is not muted in listed: `capstan muted listed` lists what is");
    const { code, json } = await bed.call([...run, "listed", "--json"], { cwd });
    expect([code, json[0]]).toMatchObject([1, { muted: 1 }]);
    expect((await bed.call(["muted", "none"], { isTerminal: true })).stdout).toContain("nothing is muted");
  }, 60_000);

  test("is told as muted in reports, annotations and the summary of the step", async () => {
    const cwd = await folder("told");
    await bed.call(["mute", "a.test.js::breaks", "a.test.js::breaks too", "load.test.js", "--class", "told"]);
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: join(cwd, "summary.md") };
    const argv = [...run, "told", "--junit", "r.xml", "--html", "r.html"];
    const { code, stdout } = await bed.call(argv, { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^::notice file=a\.test\.js,line=2,title=muted%3A breaks::AssertionError/m);
    expect(stdout).not.toMatch(/^::error /m);
    const xml = await readFile(join(cwd, "r.xml"), "utf8");
    expect(xml).toMatch(/name="breaks" classname="a\.test\.js"[^>]*><skipped message="muted: AssertionError/);
    expect(xml).toContain('failures="0" errors="0"');
    const page = await readFile(join(cwd, "r.html"), "utf8");
    expect(page).toMatch(/<h2>Muted <span class="count">3<\/span><\/h2>/);
    expect(page).not.toContain('id="failures"');
    const summary = await readFile(env.GITHUB_STEP_SUMMARY, "utf8");
    expect(summary).toMatch(/\*\*Muted\*\*[^]*\| a\.test\.js › breaks \| /);
    expect(summary).not.toContain("**Failed**");
  }, 60_000);

  test("takes examples with --mute as well, for one run", async () => {
    const cwd = await folder("typed");
    const argv = [...run, "typed", "a.test.js", "--adapter", "node-test", "--mute", "a.test.js::breaks"];
    expect((await bed.call(argv, { cwd })).code).toBe(1);
    const both = await bed.call([...argv, "--mute", "a.test.js::breaks too"], { cwd });
    expect(both).toMatchObject({ code: 0, stdout: expect.stringContaining(": 1 file launched, 2 muted\n") as string });
  }, 60_000);

  test("does not guess whose test it is", async () => {
    const { code, stderr } = await bed.call(["mute", "a.test.js"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("by --class") as string });
    expect((await bed.call(["mute", "a.test.js::", "--class", "x"])).stderr).toContain("write FILE or FILE::EXAMPLE");
  });
});
