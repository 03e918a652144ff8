import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();
const importing = `import { test } from "node:test"; import assert from "node:assert/strict";\n`;

beforeAll(async () => {
  const root = join(bed.folder, "suite");
  await mkdir(root);
  await writeFile(
    join(root, "a.test.mjs"),
    `${importing}test("adds", () => {});\ntest("later", { skip: true }, () => {});\n`,
  );
  await writeFile(
    join(root, "b.test.mjs"),
    `${importing}console.log("said so");\ntest("breaks", () => assert.equal(1, 2));\n`,
  );
  const argv = ["test", "--adapter", "node-test", "--root", "suite", "--name", "unit", "--max-trials", "1"];
  expect((await bed.call(argv)).code).toBe(1);
});

describe("show", () => {
  test("tells the failures of a taskset with their examples and output", async () => {
    const { code, stdout } = await bed.call(["show", "unit"]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^b\.test\.mjs failed: /) as string,
    });
    expect(stdout).toContain("    × breaks");
    expect(stdout).toContain("    said so\n");
    expect(stdout).toMatch(/\nunit failed: 1 succeeded, 1 failed \(examples: 1 passed, 1 failed, 1 skipped\) in .*\n$/);
    expect(stdout).not.toContain("a.test.mjs");
  });

  test("lists what did not fail with --verbose, with its examples", async () => {
    const { stdout } = await bed.call(["show", "unit", "--verbose"]);
    expect(stdout).toMatch(
      /^a\.test\.mjs succeeded \(.*, on local\)\n {4}passed adds \d.*\n {4}skipped later \d.*\nb\.test\.mjs failed: /,
    );
  });

  test("ends with 1 when --failure-exit-code is given and it has not succeeded", async () => {
    expect((await bed.call(["show", "unit", "--failure-exit-code"])).code).toBe(1);
    expect((await bed.call(["run", "--name", "good", "--", "true"])).code).toBe(0);
    expect((await bed.call(["show", "good", "--failure-exit-code"])).code).toBe(0);
  });

  test("tells a task, failed or not", async () => {
    const { json } = await bed.call(["tasks", "--taskset", "unit", "--json"]);
    for (const { id, key } of json as { id: string; key: string }[]) {
      const { code, stdout } = await bed.call(["show", id, "--failure-exit-code"]);
      expect(code).toBe(key === "b.test.mjs" ? 1 : 0);
      expect(stdout).toContain(key === "b.test.mjs" ? "× breaks" : `${id} succeeded`);
    }
  });

  test("is JSON lines with --json: the taskset, then what was asked for", async () => {
    expect((await bed.call(["show", "unit", "--verbose", "--json"])).json).toMatchObject([
      { type: "taskset", taskset: { status: "failed" } },
      { type: "task", task: { key: "a.test.mjs" } },
      { type: "failed", task: { key: "b.test.mjs" }, examples: [{ name: "breaks" }], stdout: "said so" },
    ]);
  });
});
