import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { focusedTest } from "./focused-test.js";

describe("focused-test", () => {
  it.each(["it.only", "test.skip", "describe.todo"])("refuses %s", (call) => {
    expect(checkTexts(focusedTest, { "a.test.ts": `${call}("x", f);` })).toEqual([
      `a.test.ts:1 has ${call}: let it run, or remove it`,
    ]);
  });

  it("lets conditions and tables be", () => {
    expect(checkTexts(focusedTest, { "a.test.ts": 'it.skipIf(isRoot)("x", f);\nit.each([1])("x", f);' })).toEqual([]);
  });
});
