import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { declaredDependency } from "./declared-dependency.js";

const base = {
  "package.json": JSON.stringify({ devDependencies: { vitest: "1" } }),
  "packages/store/package.json": JSON.stringify({
    name: "@capstan/store",
    dependencies: { pg: "1", "@capstan/core": "1" },
  }),
  "packages/store/tsconfig.json": JSON.stringify({ references: [{ path: "../core" }] }),
  "packages/core/package.json": JSON.stringify({ name: "@capstan/core" }),
  "packages/core/tsconfig.json": "{}",
  "tools/tsconfig.json": "{}",
};

function check(texts: Record<string, string>): string[] {
  return checkTexts(declaredDependency, { ...base, ...texts });
}

describe("declared-dependency", () => {
  it("refuses an import that package.json does not name", () => {
    expect(check({ "packages/store/src/a.ts": 'import "vitest";' })).toEqual([
      "packages/store/src/a.ts:1 imports vitest, which its package.json does not name",
    ]);
  });

  it("lets declared ones, Node's own and the package itself be imported", () => {
    const text =
      'import "pg/lib/x";\nimport "node:fs";\nimport "@capstan/core";\nimport "./b.js";\nimport "@capstan/store";';
    expect(check({ "packages/store/src/a.ts": text })).toEqual([]);
  });

  it("lets tests use what the root declares", () => {
    expect(check({ "packages/store/src/a.test.ts": 'import "vitest";' })).toEqual([]);
    expect(check({ "packages/store/src/a.test.ts": 'import "mocha";' })).toHaveLength(1);
  });

  it("asks for a project reference to every package of the repository, in tests and tools too", () => {
    expect(check({ "tools/a.ts": 'import "@capstan/core";' })).toEqual([
      "tools/a.ts:1 imports @capstan/core, but tools/tsconfig.json does not refer to packages/core",
    ]);
  });
});
