import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { openEnd } from "./open-end.js";

describe("open-end", () => {
  it.each(["TODO", "FIXME", "XXX"])("finds %s in any file", (mark) => {
    expect(checkTexts(openEnd, { "a.ts": `const a = 1;\n// ${mark}: later` })).toEqual([
      `a.ts:2 says ${mark}: do it, or open an issue`,
    ]);
    expect(checkTexts(openEnd, { ".ci/run": `# ${mark} later` })).toHaveLength(1);
  });

  it("reads whole words in capitals", () => {
    expect(checkTexts(openEnd, { "a.ts": "const todo = 'TODOS';" })).toEqual([]);
  });
});
