import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { withFolder } from "@capstan/testkit";
import { useBed } from "../engine.test.support.js";

const bed = useBed();
const pluginPackage = fileURLToPath(new URL("../../../plugin", import.meta.url));

/** A folder with these files, where `@capstan/plugin` is installed. */
async function withPlugin(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await mkdir(join(folder, "node_modules/@capstan"), { recursive: true });
    await symlink(pluginPackage, join(folder, "node_modules/@capstan/plugin"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await use(folder);
  });
}

const words = `
import { readFileSync } from "node:fs";
import { definePlugin, defineTask } from "@capstan/plugin";
import { count } from "./count.js";
import legacy from "legacy";
import native from "native";

export const words = definePlugin({
  name: "words",
  tasks: {
    count: defineTask({
      input: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
      run: ({ text }: { text: string }) => ({
        words: count(text),
        legacy: legacy.name,
        native: native.name,
        data: readFileSync(new URL("./data/list.txt", import.meta.url), "utf8"),
      }),
    }),
  },
});
`;
const files = {
  "package.json": JSON.stringify({ version: "1.2.3", capstan: { files: ["data"], external: ["native"] } }),
  "index.ts": words,
  "count.ts": "export const count = (text: string): number => text.split(' ').length;",
  "data/list.txt": "one two",
  "data/tool.sh": "#!/bin/sh",
  "node_modules/legacy/package.json": '{"name":"legacy","main":"main.js"}',
  "node_modules/legacy/main.js":
    "const { basename } = require('node:path'); exports.name = basename(__dirname) && require('./other.js');",
  "node_modules/legacy/other.js": "module.exports = 'legacy';",
  "node_modules/native/package.json": '{"name":"native","main":"main.js","dependencies":{"needed":"1"}}',
  "node_modules/native/main.js":
    "exports.name = require('needed') + ' of ' + require('node:path').basename(__dirname);",
  "node_modules/needed/package.json": '{"name":"needed","main":"main.js"}',
  "node_modules/needed/main.js": "module.exports = 'needed';",
};

interface Revision {
  readonly id: string;
  readonly version: string;
  readonly isDefault: boolean;
}

async function deploy(...argv: string[]): Promise<Revision> {
  const { code, json, stderr } = await bed.call(["deploy", "--json", ...argv]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return json[0] as unknown as Revision;
}

describe("capstan deploy", () => {
  test("makes a revision that runs anywhere: bundle, packages, data and all", async () => {
    await withPlugin(files, async (folder) => {
      await chmod(join(folder, "data/tool.sh"), 0o755);
      const revision = await deploy(folder);
      expect(revision).toMatchObject({ version: "1.2.3", isDefault: true });
      const { manifest } = await bed.client.plugins.revision(revision.id);
      expect(manifest?.files.map(({ path, isExecutable }) => (isExecutable === true ? `${path}*` : path))).toEqual([
        "data/list.txt",
        "data/tool.sh*",
        "node_modules/native/main.js",
        "node_modules/native/package.json",
        "node_modules/needed/main.js",
        "node_modules/needed/package.json",
        "plugin.mjs",
        "plugin.mjs.map",
      ]);
    });
    // The folder is gone by now.
    const { code, stdout } = await bed.call(["launch", "words/count", '{"text":"a b c"}', "--wait"]);
    const output = { words: 3, legacy: "legacy", native: "needed of native", data: "one two" };
    expect({ code, output: JSON.parse(stdout.split("\n")[1]!) as unknown }).toEqual({ code: 0, output });
  });

  test("gives the same revision for the same content, wherever the folder is", async () => {
    await withPlugin(files, async (folder) => {
      const first = await deploy(folder);
      await withFolder(async (other) => {
        await cp(folder, other, { recursive: true, verbatimSymlinks: true });
        expect(await deploy(other)).toEqual(first);
      });
      await writeFile(join(folder, "data/list.txt"), "changed");
      const changed = await deploy(folder, "--no-default", "--version", "2.0.0");
      expect(changed).toMatchObject({ version: "2.0.0", isDefault: false });
      expect(changed.id).not.toBe(first.id);
      expect((await bed.call(["plugins", "switch", "words", "2.0.0"])).stdout).toContain(changed.id);
      expect((await bed.call(["plugins", "show", "words"])).stdout).toContain(`\n${changed.id}\t2.0.0 default\t0\t`);
    });
  });

  test("a dry run sends nothing, and needs no engine", async () => {
    const plugin = files["index.ts"].replace('name: "words"', 'name: "dry"');
    await withPlugin({ ...files, "index.ts": plugin }, async (folder) => {
      const { code, stdout } = await bed.call(["deploy", folder, "--dry-run"], {
        env: { CAPSTAN_URL: "http://127.0.0.1:9" },
      });
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("definition\tdry/count") as string,
      });
      expect((await bed.call(["plugins", "show", "dry"])).code).toBe(1);
    });
  });

  const define = 'import { definePlugin, defineTask } from "@capstan/plugin";\n';
  test.each<[string, Record<string, string>, string]>([
    ["an empty folder", {}, "has no plugin: none of index.ts,"],
    ["a syntax error", { "index.ts": "export const a = ;" }, "index.ts:1:18: Unexpected"],
    ["an import of nothing", { "index.ts": 'import "./none.js";' }, 'index.ts:1:8: Could not resolve "./none.js"'],
    ["a module without a plugin", { "index.js": "export const a = 1;" }, "the entry exports no plugin"],
    [
      "a plugin with a bad name",
      { "index.ts": `${define}export default definePlugin({ name: "a b", tasks: [] });` },
      '"a b" cannot name a plugin',
    ],
    [
      "code that throws",
      { "index.js": 'throw new Error("no database");' },
      "the plugin cannot be loaded: Error: no database",
    ],
    [
      "code that ends its process",
      { "index.js": 'console.log("bye"); process.exit(3);' },
      "its process ended (3) while it was loaded",
    ],
    [
      "a list of files with a gap",
      { ...files, "package.json": '{"capstan":{"files":["none"]}}' },
      "capstan.files lists none",
    ],
    [
      "a file outside",
      { ...files, "package.json": '{"capstan":{"files":["../x"]}}' },
      '"../x" leaves the plugin\'s folder',
    ],
    [
      "a package that is not installed",
      { ...files, "package.json": '{"capstan":{"external":["absent"]}}' },
      "capstan.external lists absent",
    ],
    ["a wrong field", { ...files, "package.json": '{"capstan":{"file":["x"]}}' }, "capstan.file in "],
  ])("refuses %s, and says where", async (_, some, message) => {
    await withPlugin(some, async (folder) => {
      const { code, stdout, stderr } = await bed.call(["deploy", folder]);
      expect({ isRefused: code > 0, stdout, stderr }).toEqual({
        isRefused: true,
        stdout: "",
        stderr: expect.stringContaining(message) as string,
      });
    });
  });
});
