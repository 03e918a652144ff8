import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { fileLength } from "./file-length.js";

describe("file-length", () => {
  it("allows 500 lines and no more", () => {
    expect(checkTexts(fileLength, { "a.ts": ";\n".repeat(500) })).toEqual([]);
    expect(checkTexts(fileLength, { "a.ts": ";\n".repeat(501) })).toEqual([
      "a.ts has 501 lines, over 500: look for two things in it",
    ]);
  });

  it("allows tests 800", () => {
    expect(checkTexts(fileLength, { "a.test.ts": ";\n".repeat(800) })).toEqual([]);
    expect(checkTexts(fileLength, { "a.test.ts": ";\n".repeat(801) })).toHaveLength(1);
  });
});
