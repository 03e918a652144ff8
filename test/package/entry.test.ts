import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const packagesUrl = new URL("../../../packages/", import.meta.url);

async function manifests(): Promise<{ name: string; exports: Record<string, unknown> }[]> {
  const folders = await readdir(packagesUrl);
  return Promise.all(
    folders.map(async (folder) => JSON.parse(await readFile(new URL(`${folder}/package.json`, packagesUrl), "utf8"))),
  );
}

describe("package entries", async () => {
  for (const { name, exports } of await manifests()) {
    for (const subpath of Object.keys(exports).filter((key) => !key.includes("*") && !key.endsWith(".json"))) {
      const specifier = name + subpath.slice(1);
      it(`${specifier} is loaded by plain Node, silently`, async () => {
        const { stdout } = await run(process.execPath, ["--input-type=module", "-e", `await import("${specifier}")`], {
          cwd: new URL(".", import.meta.url),
        });
        expect(stdout).toBe("");
      });
    }
  }
});
