import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { importCycle } from "./import-cycle.js";

describe("import-cycle", () => {
  it("finds a circle, through types and re-exports too", () => {
    expect(
      checkTexts(importCycle, {
        "a.ts": 'import type { B } from "./b.js";',
        "b.ts": 'export * from "./inner/c.js";',
        "inner/c.ts": 'import { a } from "../a.js";',
        "d.ts": 'import "./a.js";',
      }),
    ).toEqual(["a.ts is in an import cycle with b.ts, inner/c.ts"]);
  });

  it("finds a module that imports itself", () => {
    expect(checkTexts(importCycle, { "a.ts": 'import "./a.js";' })).toEqual(["a.ts imports itself"]);
  });

  it("lets import() close a circle", () => {
    expect(checkTexts(importCycle, { "a.ts": 'import "./b.js";', "b.ts": 'void import("./a.js");' })).toEqual([]);
  });
});
