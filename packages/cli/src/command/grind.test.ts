import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

/** A suite of one file that fails when it wins a place in the folder: so often in all, however many run at once. */
async function suite(name: string, failures: number): Promise<string> {
  const root = join(bed.folder, name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "package.json"), '{ "type": "module", "scripts": { "test": "node --test" } }');
  const text = `import { test } from "node:test"; import { mkdirSync } from "node:fs";
test("holds", () => {});
test("breaks", () => {
  for (let n = 0; n < ${failures}; n += 1) {
    try { mkdirSync(new URL("./place-" + n, import.meta.url)); } catch { continue; }
    throw new Error("place " + n);
  }
});
`;
  await writeFile(join(root, "a.test.js"), text);
  return root;
}

describe("capstan grind", () => {
  test("runs a file many times, and says how often it failed, of what and where", async () => {
    const cwd = await suite("breaking", 2);
    const { code, json } = await bed.call(["grind", "a.test.js", "-n", "6", "--json"], { cwd });
    expect(code).toBe(1);
    expect(json.map(({ type }) => type)).toEqual(["launched", "ground", "finished"]);
    expect(json[1]).toMatchObject({
      file: "a.test.js",
      runs: 6,
      passed: 4,
      failed: 2,
      workers: [{ worker: "local", runs: 6, failed: 2 }],
      failures: [{ name: "breaks", message: expect.stringMatching(/place \d/) as string, count: 2 }],
    });
  });

  test("runs one example alone, ends with 0 when all pass, and teaches no estimate", async () => {
    const cwd = await suite("whole", 9);
    const { code, stdout } = await bed.call(["grind", "a.test.js", "-n", "2", "--example", "holds"], { cwd });
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^a\.test\.js: 0 of 2 failed, 0\.0% \(95% sure: from 0\.0% to 65\.8%\)$/m);
    expect(stdout).toMatch(/passes took .+ to .+, p50 .+, p95 /);
    for await (const { class: learntAs } of bed.client.tasksets({ limit: 1 })) {
      expect(learntAs).toBe(undefined);
      break;
    }
  });

  test("refuses a number of times that is none", async () => {
    const { code, stderr } = await bed.call(["grind", "a.test.js", "-n", "0"], { cwd: await suite("none", 0) });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("--times") as string });
  });
});
