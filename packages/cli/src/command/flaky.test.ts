import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

/** A suite one example of which fails at first, of every run. */
async function suite(name: string): Promise<string> {
  const root = join(bed.folder, name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "package.json"), '{ "type": "module", "scripts": { "test": "node --test" } }');
  const text = `import { test } from "node:test"; import { existsSync, rmSync, writeFileSync } from "node:fs";
const seen = new URL("./seen", import.meta.url);
test("holds", () => {});
test("wavers", () => {
  if (existsSync(seen)) return rmSync(seen);
  writeFileSync(seen, "");
  throw new Error("not yet");
});
`;
  await writeFile(join(root, "waver.test.js"), text);
  await writeFile(join(root, "good.test.js"), 'import { test } from "node:test"; test("is good", () => {});\n');
  return root;
}

describe("capstan flaky", () => {
  test("tells which files and examples of a class were flaky, how often, and which trials failed", async () => {
    const cwd = await suite("wavering");
    const sets: string[] = [];
    for (const _ of [1, 2]) {
      const { code, json } = await bed.call(["test", "--name", "wavering", "--max-trials", "2", "--json"], { cwd });
      expect(code).toBe(0);
      sets.push(json[0]!["taskset"] as string);
    }
    const { json } = await bed.call(["flaky", "wavering", "--json"]);
    expect(json).toMatchObject([
      { class: "wavering", key: "waver.test.js", count: 2, passes: 2, examples: [{ name: "wavers", count: 2 }] },
    ]);
    const told = await bed.call(["flaky", "wavering", "waver.test.js"]);
    const how = "capstan mute waver.test.js::wavers --class wavering --reason flaky --for 14d";
    expect(told.stderr).toBe(`to mute it for two weeks:\n  ${how}\n`);
    await bed.call(["mute", "waver.test.js::wavers", "--class", "wavering"]);
    expect((await bed.call(["flaky", "wavering", "waver.test.js"])).stderr).toBe("");
    const table = await bed.call(["flaky", "wavering"], { isTerminal: true, columns: 120 });
    expect(table.stdout).toContain("wavers (muted)");
    const { json: verdicts } = await bed.call(["flaky", "wavering", "waver.test.js", "--json"]);
    expect(verdicts.map(({ taskset }) => taskset)).toEqual(sets.toReversed());
    for (const { trial } of verdicts) {
      expect(await bed.client.trial(trial as string)).toMatchObject({ status: "failed", number: 1 });
    }
  });

  test("is a table on a terminal, lines in a pipe, and says when there is nothing", async () => {
    await bed.call(["test", "--name", "shown", "--max-trials", "2"], { cwd: await suite("shown") });
    const table = await bed.call(["flaky", "shown"], { isTerminal: true, columns: 120 });
    expect(table.stdout).toMatch(/TASK +CLASS +FLAKY +SHARE +LAST +EXAMPLES/);
    expect(table.stdout).toContain("wavers");
    const lines = await bed.call(["flaky", "shown"]);
    expect(lines.stdout).toMatch(/^waver\.test\.js\tshown\t1\t1\t\S+\twavers\n$/);
    expect((await bed.call(["flaky", "none"], { isTerminal: true })).stdout).toContain("nothing was flaky");
  });
});
