import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { readConfig, type ReadConfig } from "./read-config.js";

/** The configuration of a folder with these files. */
async function read(files: Readonly<Record<string, string>>, name?: string): Promise<ReadConfig | undefined> {
  return withFolder(async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return readConfig(folder, name);
  });
}

describe("the configuration", () => {
  test.each([
    ["TypeScript", "capstan.config.ts", `const jobs: number = 4; export default { test: { jobs } };`],
    ["a module", "capstan.config.mjs", `export default { test: { jobs: 4 } };`],
    ["CommonJS", "capstan.config.js", `module.exports = { test: { jobs: require("node:path").sep.length * 4 } };`],
    [
      "JSON",
      "capstan.config.json",
      `{ "$schema": "./node_modules/capstan/config.schema.json", "test": { "jobs": 4 } }`,
    ],
  ])("is read from %s", async (_, name, text) => {
    expect(await read({ [name]: text })).toMatchObject({ path: name, config: { test: { jobs: 4 } } });
  });

  test("imports Capstan wherever it is, files beside it, and packages of the project", async () => {
    const config = await read({
      "capstan.config.ts": `
        import { basename } from "node:path";
        import { defineConfig, type Config } from "capstan/config";
        import { jobs } from "./shared/jobs.js";
        import { labels } from "labels";
        const test: Config["test"] = { jobs, labels, name: basename(import.meta.filename, ".ts") };
        export default defineConfig({ test });`,
      "shared/jobs.ts": `export const jobs: number = 3;`,
      "node_modules/labels/package.json": `{ "name": "labels", "type": "module", "exports": "./main.js" }`,
      "node_modules/labels/main.js": `export const labels = ["gpu"];`,
    });
    expect(config?.config).toEqual({ test: { jobs: 3, labels: ["gpu"], name: "capstan.config" } });
  });

  test("is what --config names, and nothing where there is none", async () => {
    expect(await read({ "a/b.json": `{}`, "capstan.config.json": `{ "test": {} }` }, "a/b.json")).toMatchObject({
      config: {},
    });
    expect(await read({})).toBeUndefined();
  });

  test.each([
    ["an unknown field", `{ "test": { "job": 4 } }`, "capstan.config.json: test: unknown field job"],
    ["an option of env for a name", `{ "test": { "env": { "-u": "A" } } }`, "json: test.env.-u: must match"],
    [
      "a variable of the worker's",
      `{ "test": { "env": { "CAPSTAN_A": "" } } }`,
      "json: test.env.CAPSTAN_A: must match",
    ],
    ["a wrong type", `{ "test": { "jobs": "4" } }`, "capstan.config.json: test.jobs: must be integer"],
    [
      "a suite's field",
      `{ "test": { "suites": { "e2e": { "files": ["a", 1] } } } }`,
      "json: test.suites.e2e.files[1]: must be",
    ],
    ["a duration", `{ "test": { "timeout": "30" } }`, `json: test.timeout is "30": write 30s for seconds`],
    ["hooks without one", `{ "test": { "hooks": { "timeout": "9s" } } }`, "json: test.hooks"],
    [
      "a hook's time",
      `{ "test": { "suites": { "e2e": { "hooks": { "beforeAll": "x", "timeout": "9" } } } } }`,
      `json: test.suites.e2e.hooks.timeout is "9": write 9s`,
    ],
    ["no object", `[]`, "capstan.config.json: must be object"],
    ["broken JSON", `{ "test": `, "capstan.config.json is no JSON"],
  ])("names file and field of %s", async (_, text, message) => {
    await expect(read({ "capstan.config.json": text })).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ["has no default export", `export const test = {};`, "capstan.config.ts exports nothing"],
    ["cannot be compiled", `export default {\n  test: {{\n};`, "capstan.config.ts:2: Expected"],
    ["throws", `throw new Error("no database");`, "capstan.config.ts cannot be loaded: no database"],
    [
      "imports what is not there",
      `import "nowhere"; export default {};`,
      `capstan.config.ts:1: Could not resolve "nowhere"`,
    ],
  ])("says where one %s", async (_, text, message) => {
    await expect(read({ "capstan.config.ts": text })).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringContaining(message) as string,
    });
  });

  test("is the TypeScript file where a compiler has put a JavaScript file beside it", async () => {
    const files = {
      "capstan.config.js": "export default { test: { jobs: 1 } };",
      "capstan.config.ts": "export default {};",
    };
    expect(await read(files)).toMatchObject({ path: "capstan.config.ts", config: {} });
  });
});
