import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository.js";
import { projectFolders } from "./projects.js";
import { pruneOutput } from "./prune.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capstan-prune-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
}

describe("pruning compiled output", () => {
  it("removes what was compiled from a source that is gone and nothing else", () => {
    const compiled = (stem: string) =>
      [".js", ".js.map", ".d.ts", ".d.ts.map"].map((suffix) => `dist/${stem}${suffix}`);
    write("src/a/kept.ts", ...compiled("a/kept"), ...compiled("a/gone.test"), "dist/bundle.js", "dist/schema.sql");
    expect(pruneOutput({ source: join(folder, "src"), output: join(folder, "dist") })).toEqual(["a/gone.test"]);
    expect(readdirSync(join(folder, "dist/a")).toSorted()).toEqual([
      "kept.d.ts",
      "kept.d.ts.map",
      "kept.js",
      "kept.js.map",
    ]);
    expect(readdirSync(join(folder, "dist")).toSorted()).toEqual(["a", "bundle.js", "schema.sql"]);
  });

  it("does nothing before the first build", () => {
    expect(pruneOutput({ source: folder, output: join(folder, "dist") })).toEqual([]);
  });

  it("knows the folders of every project", () => {
    const root = repositoryRoot();
    expect(projectFolders(root)).toContainEqual({
      source: join(root, "packages/core/src"),
      output: join(root, "packages/core/dist"),
    });
  });
});
