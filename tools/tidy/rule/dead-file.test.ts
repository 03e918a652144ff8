import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { deadFile } from "./dead-file.js";

function check(
  texts: Record<string, string>,
  manifest: object = { exports: { ".": { default: "./dist/index.js" } } },
): string[] {
  const base = {
    "packages/a/tsconfig.json": "{}",
    "packages/a/package.json": JSON.stringify(manifest),
    "packages/a/src/index.ts": "",
  };
  return checkTexts(deadFile, { ...base, ...texts });
}

describe("dead-file", () => {
  it("finds a file that nothing reaches, and one that only a dead file reaches", () => {
    expect(check({ "packages/a/src/dead.ts": 'import "./deader.js";', "packages/a/src/deader.ts": "" })).toEqual([
      "packages/a/src/dead.ts is reached from no entry, script or test",
      "packages/a/src/deader.ts is reached from no entry, script or test",
    ]);
  });

  it("follows imports, re-exports, types and import()", () => {
    const texts = {
      "packages/a/src/index.ts": 'export * from "./b/b.js";\nimport type { C } from "./c.js";\nvoid import("./d.js");',
      "packages/a/src/b/b.ts": 'import "../e.js";',
      "packages/a/src/c.ts": "",
      "packages/a/src/d.tsx": "",
      "packages/a/src/e.ts": "",
    };
    expect(check(texts)).toEqual([]);
  });

  it("follows the entries of threads and child processes", () => {
    const texts = {
      "packages/a/src/index.ts":
        'new Worker(new URL("./thread.js", import.meta.url));\nfork(fileURLToPath(import.meta.resolve("./child.js")));',
      "packages/a/src/thread.ts": "",
      "packages/a/src/child.ts": "",
    };
    expect(check(texts)).toEqual([]);
  });

  it("starts from exports, bin and scripts of every manifest", () => {
    const texts = {
      "package.json": JSON.stringify({ scripts: { tidy: "tsc -b && node tools/dist/tidy/main.js" } }),
      "tools/tsconfig.json": "{}",
      "tools/tidy/main.ts": "",
      "packages/a/src/bin.ts": "",
      "packages/a/src/testing.ts": "",
    };
    const manifest = {
      exports: { ".": "./dist/index.js", "./testing": { default: "./dist/testing.js" } },
      bin: { a: "dist/bin.js" },
    };
    expect(check(texts, manifest)).toEqual([]);
    expect(check(texts)).toHaveLength(2);
  });

  it("counts what a test reaches as alive", () => {
    const support = { "packages/a/src/bed.test.support.ts": "" };
    expect(check({ ...support, "packages/a/src/b.test.ts": 'import "./bed.test.support.js";' })).toEqual([]);
    expect(check(support)).toEqual(["packages/a/src/bed.test.support.ts is reached from no entry, script or test"]);
  });
});
