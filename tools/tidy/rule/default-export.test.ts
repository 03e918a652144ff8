import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { defaultExport } from "./default-export.js";

describe("default-export", () => {
  it.each(["export default function f() {}", "export default 1;", "const a = 1;\nexport { a as default };"])(
    "refuses %j",
    (text) => {
      expect(checkTexts(defaultExport, { "a.ts": text })).toHaveLength(1);
    },
  );

  it("lets configuration, examples and fixtures have one", () => {
    const text = "export default 1;";
    expect(
      checkTexts(defaultExport, {
        "vitest.config.ts": text,
        "examples/images/src/index.ts": text,
        "test/fixture/plugin.ts": text,
      }),
    ).toEqual([]);
  });

  it("lets named exports be", () => {
    expect(checkTexts(defaultExport, { "a.ts": 'export const a = 1;\nexport { default as b } from "b";' })).toEqual([]);
  });
});
