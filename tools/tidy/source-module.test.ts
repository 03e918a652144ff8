import { describe, expect, it } from "vitest";
import { SourceModule } from "./source-module.js";

function references(text: string): string[] {
  return new SourceModule("a.ts", text).references.map(({ kind, specifier, line }) => `${line} ${kind} ${specifier}`);
}

describe("source module", () => {
  it("tells what is loaded at once from what the compiler erases", () => {
    const text = [
      'import a from "./a.js";',
      'import type { B } from "./b.js";',
      'import { type C } from "./c.js";',
      'export { d } from "./d.js";',
      'export type { E } from "./e.js";',
      'export type * from "./f.js";',
      'type G = import("./g.js").G;',
    ];
    expect(references(text.join("\n"))).toEqual([
      "1 static ./a.js",
      "2 type ./b.js",
      "3 static ./c.js",
      "4 static ./d.js",
      "5 type ./e.js",
      "6 type ./f.js",
      "7 type ./g.js",
    ]);
  });

  it("finds what is loaded later, and the entries of threads and child processes", () => {
    expect(
      references('void import("./a.js");\nnew URL("./b.js", import.meta.url);\nimport.meta.resolve("./c.js");'),
    ).toEqual(["1 dynamic ./a.js", "2 file ./b.js", "3 file ./c.js"]);
    expect(references('new URL("./a.js", base);\nvoid import(name);\nexport const b = 1;')).toEqual([]);
  });

  it("counts lines like an editor", () => {
    const module = new SourceModule("a.ts", "a;\n\nb;\n");
    expect(module.lineCount).toBe(3);
    expect([0, 1, 2, 3, 4].map((offset) => module.lineAt(offset))).toEqual([1, 1, 1, 2, 3]);
  });

  it("refuses what is no TypeScript", () => {
    expect(() => new SourceModule("a.ts", "const = 1;")).toThrow(/^a\.ts cannot be parsed/);
  });
});
