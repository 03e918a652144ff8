import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { findFiles } from "./find-files.js";

async function plant(root: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "");
  }
}

test("files are found by path or glob from the root, whatever they are called", async () => {
  await withFolder(async (root) => {
    await plant(root, ["a.test.ts", "b/[id].test.ts", "b/i.test.ts", "node_modules/x/c.test.ts", ".hidden/d.test.ts"]);
    expect(await findFiles(root, ["**/*.test.ts"])).toEqual(["a.test.ts", "b/[id].test.ts", "b/i.test.ts"]);
    expect(await findFiles(root, ["./a.test.ts", "a.test.ts"])).toEqual(["a.test.ts"]);
    expect(await findFiles(root, [join(root, "b", "i.test.ts")])).toEqual(["b/i.test.ts"]);
    expect(await findFiles(root, ["b/[id].test.ts"])).toEqual(["b/[id].test.ts", "b/i.test.ts"]);
    expect(await findFiles(root, ["nothing/**"])).toEqual([]);
  });
});
