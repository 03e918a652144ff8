import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

const modules = join(dirname(createRequire(import.meta.url).resolve("mocha/package.json")), "..");

/** A suite for Mocha in which one file takes nearly all of the time: an example of so many ms by each name. */
async function suite(name: string, examples: Readonly<Record<string, number>>): Promise<string> {
  const root = join(bed.folder, name);
  await mkdir(join(root, "test"), { recursive: true });
  await symlink(modules, join(root, "node_modules")).catch(() => {});
  await writeFile(join(root, "package.json"), JSON.stringify({ devDependencies: { mocha: "11" } }));
  await writeFile(join(root, "test/short.js"), `it("is short", () => {});\n`);
  const lines = Object.entries(examples).map(([title, ms]) => `it("${title}", (done) => setTimeout(done, ${ms}));\n`);
  await writeFile(join(root, "test/long.js"), lines.join(""));
  return root;
}

const eight = { a: 500, b: 500, c: 500, d: 500, e: 500, f: 500, g: 500, h: 500 };

/** Class and name of every testcase. */
function cases(xml: string): string[] {
  return [...xml.matchAll(/<testcase name="([^"]*)" classname="([^"]*)"/g)].map(([, name, of]) => `${of}: ${name}`);
}

async function run(root: string, argv: readonly string[]) {
  const { code, json } = await bed.call(["test", "--junit", "r.xml", "--json", ...argv], { cwd: root });
  const { id } = (json.at(-1) as { taskset: { id: string } }).taskset;
  const { tasks } = await bed.client.taskset(id).report();
  return {
    code,
    split: json.filter((each) => (each as { type: string }).type === "split"),
    end: json.at(-1),
    keys: tasks.map(({ key }) => key),
    tasks,
    cases: cases(await readFile(join(root, "r.xml"), "utf8")).toSorted(),
  };
}

const told = (names: readonly string[]): string[] => [
  ...names.map((name) => `test/long.js: ${name}`),
  "test/short.js: is short",
];

/** Each runs a suite several times. */
const timeout = 60_000;

describe("a file that dominates its suite", { timeout }, () => {
  test("is split when it is known to, and every example runs once, also when the file has changed", async () => {
    const root = await suite("splitting", eight);
    const argv = ["--name", "splitting", "--split"];
    const first = await run(root, argv);
    expect(first).toMatchObject({ code: 0, split: [], keys: ["test/long.js", "test/short.js"] });
    const estimateOf = async (key: string) => {
      for await (const estimate of bed.client.estimates({ class: "splitting" }))
        if (estimate.key === key) return estimate;
      return undefined;
    };
    const learnt = await estimateOf("test/long.js");
    expect(learnt).toMatchObject({ samples: 1 });

    const second = await run(root, argv);
    const [{ parts }] = second.split as [{ parts: number }];
    expect(second).toMatchObject({ code: 0, split: [{ file: "test/long.js" }] });
    expect(parts).toBeGreaterThanOrEqual(2);
    expect(second.keys).toEqual([
      ...Array.from({ length: parts }, (_, at) => `test/long.js (${at + 1}/${parts})`),
      "test/short.js",
    ]);
    expect(second.cases).toEqual(told(Object.keys(eight)));
    expect(second.end).toMatchObject({ taskset: { counts: { examples: { passed: 9, failed: 0, skipped: 0 } } } });
    for (const { key, lastTrial } of second.tasks.slice(0, parts))
      expect([key, lastTrial!.durationMs! < learnt!.meanMs]).toEqual([key, true]);

    // One is renamed, one is gone, one is new: the parts are made of what was there before.
    const { a: _renamed, h: _gone, ...rest } = eight;
    await suite("splitting", { ...rest, renamed: 500, new: 500 });
    const third = await run(root, argv);
    expect(third.split).toHaveLength(1);
    expect(third.cases).toEqual(told([...Object.keys(rest), "new", "renamed"].toSorted()));

    // What parts take is not taken for what the file does.
    expect(await estimateOf("test/long.js")).toEqual(learnt);
  });

  test("fails in the part whose example fails, which alone is run again", async () => {
    const root = await suite("failing", eight);
    await run(root, ["--name", "failing", "--split"]);
    const broken = `it("a", () => { throw new Error("on purpose"); });\n`;
    const good = await readFile(join(root, "test/long.js"), "utf8");
    await writeFile(join(root, "test/long.js"), good.replace(/^.*\n/, broken));
    const muted = await run(root, ["--name", "failing", "--split", "--max-trials", "1", "--mute", "test/long.js"]);
    expect(muted).toMatchObject({ code: 0, end: { taskset: { counts: { failed: 1, muted: 1 } } } });
    const failing = await run(root, ["--name", "failing", "--split", "--max-trials", "1"]);
    expect(failing).toMatchObject({ code: 1, end: { taskset: { counts: { failed: 1 } } } });
    expect(failing.cases).toEqual(told(Object.keys(eight)));
    await writeFile(join(root, "test/long.js"), good);
    const again = await bed.call(["rerun", "failing", "--wait", "--json"], { cwd: root });
    expect(again).toMatchObject({ code: 0 });
    expect(again.json.at(-1)).toMatchObject({
      round: 2,
      status: "succeeded",
      counts: { failed: 0, examples: { passed: 9, failed: 0, skipped: 0 } },
    });
  });

  test("is run whole by an adapter that cannot leave out examples, which is said", async () => {
    const root = await suite("unsplittable", { a: 1 });
    const { code, stderr } = await bed.call(["test", "--split", "--adapter", "node-test", "test/short.js"], {
      cwd: root,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("no file is split: node:test cannot run some examples of a file");
  });
});
