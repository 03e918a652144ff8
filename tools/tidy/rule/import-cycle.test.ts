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

  it("lets the types of core's live state refer to each other, but no values", () => {
    const circle = (word: string) => ({
      "packages/core/src/state/task.ts": `import ${word} { Trial } from "./trial.js";`,
      "packages/core/src/state/trial.ts": `import ${word} { Task } from "./task.js";`,
    });
    expect(checkTexts(importCycle, circle("type"))).toEqual([]);
    expect(checkTexts(importCycle, circle(""))).toHaveLength(1);
  });
});
