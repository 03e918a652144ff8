import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { relativeImport } from "./relative-import.js";

const projects = { "packages/core/tsconfig.json": "{}", "packages/store/tsconfig.json": "{}" };

describe("relative-import", () => {
  it("refuses a way into another package", () => {
    const text = 'import { a } from "../../core/src/a.js";';
    expect(checkTexts(relativeImport, { ...projects, "packages/store/src/b.ts": text })).toEqual([
      "packages/store/src/b.ts:1 imports ../../core/src/a.js, outside of packages/store: use the package's name",
    ]);
  });

  it("lets modules of one package import each other", () => {
    const text = 'import "./b.js";\nimport "../row/c.js";';
    expect(checkTexts(relativeImport, { ...projects, "packages/store/src/sqlite/a.ts": text })).toEqual([]);
  });
});
