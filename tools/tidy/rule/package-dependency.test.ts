import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { packageDependency } from "./package-dependency.js";

const packages = Object.fromEntries(
  ["core", "cli", "engine", "store", "testkit", "protocol", "extra"].flatMap((name) => [
    [`packages/${name}/tsconfig.json`, "{}"],
    [`packages/${name}/package.json`, JSON.stringify({ name: `@capstan/${name}` })],
  ]),
);

function check(texts: Record<string, string>): string[] {
  return checkTexts(packageDependency, { ...packages, ...texts });
}

describe("package-dependency", () => {
  it("refuses an import upwards, of types too", () => {
    expect(
      check({ "packages/core/src/a.ts": 'import type { X } from "@capstan/store/sqlite";\nexport type Y = X;' }),
    ).toEqual(["packages/core/src/a.ts:1 imports @capstan/store/sqlite, which is not below it"]);
  });

  it("refuses a re-export upwards and a dynamic import upwards", () => {
    expect(
      check({ "packages/core/src/a.ts": 'export * from "@capstan/engine";\nvoid import("@capstan/store");' }),
    ).toHaveLength(2);
  });

  it("lets lower packages be imported", () => {
    expect(check({ "packages/engine/src/a.ts": 'import "@capstan/store";\nimport "@capstan/protocol";' })).toEqual([]);
  });

  it("lets the cli load engine and store with import() only", () => {
    expect(check({ "packages/cli/src/a.ts": 'void import("@capstan/engine");' })).toEqual([]);
    expect(check({ "packages/cli/src/a.ts": 'import { X } from "@capstan/engine";' })).toEqual([
      "packages/cli/src/a.ts:1 imports @capstan/engine at once: load it with import() when it is needed",
    ]);
    expect(check({ "packages/cli/src/a.ts": 'void import("@capstan/store");' })).toEqual([]);
    expect(check({ "packages/cli/src/a.ts": 'void import("@capstan/core");' })).toHaveLength(1);
  });

  it("lets tests, and only tests, import testkit", () => {
    expect(check({ "packages/core/src/a.test.ts": 'import "@capstan/testkit";' })).toEqual([]);
    expect(check({ "packages/core/src/a.ts": 'import "@capstan/testkit";' })).toHaveLength(1);
  });

  it("asks for a row for a new package", () => {
    expect(check({ "packages/extra/src/a.ts": "" })).toEqual([
      "packages/extra/src/a.ts belongs to packages/extra, which has no row in the dependency rule",
    ]);
  });
});
