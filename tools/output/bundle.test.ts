import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withFolder } from "@capstan/testkit";
import { expect, it } from "vitest";
import { bundleModule } from "./bundle.js";

function plant(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const library = {
  "node_modules/many/package.json": JSON.stringify({ name: "many", type: "module", exports: "./index.js" }),
  "node_modules/many/index.js": `export { one } from "./one.js"; export { two } from "./two.js";`,
  "node_modules/many/one.js": "export const one = 1;",
  "node_modules/many/two.js": "export const two = 2;",
};

it("a module is made one with what it imports of a library, once, and has its licence", () =>
  withFolder(async (folder) => {
    plant(folder, {
      ...library,
      "node_modules/many/LICENSE": "As you like.",
      "door.js": `export { one } from "many";`,
    });
    const door = join(folder, "door.js");
    expect(await bundleModule(door)).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(["door.js", "node_modules"]);
    const text = readFileSync(door, "utf8");
    expect(text).not.toContain("import");
    expect(text).toContain("As you like.");
    expect(await import(pathToFileURL(door).href)).toMatchObject({ one: 1 });
    const { mtimeMs } = statSync(door);
    expect(await bundleModule(door)).toBe(false);
    expect(statSync(door).mtimeMs).toBe(mtimeMs);
  }));

it("a library without a licence is refused, and the module stays as it is", () =>
  withFolder(async (folder) => {
    const text = `export { two } from "many";`;
    plant(folder, { ...library, "door.js": text });
    await expect(bundleModule(join(folder, "door.js"))).rejects.toThrow(/many has no licence/);
    expect(readFileSync(join(folder, "door.js"), "utf8")).toBe(text);
    expect(await bundleModule(join(folder, "missing.js"))).toBe(false);
  }));
