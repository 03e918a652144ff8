import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { functionLength } from "./function-length.js";

const lines = (count: number) => ";\n".repeat(count);

describe("function-length", () => {
  it("allows 70 lines and no more", () => {
    expect(checkTexts(functionLength, { "a.ts": `function f() {\n${lines(68)}}` })).toEqual([]);
    expect(checkTexts(functionLength, { "a.ts": `\nfunction f() {\n${lines(69)}}` })).toEqual([
      "a.ts:2 f has 71 lines, over 70",
    ]);
  });

  it("names arrows, methods and nameless functions", () => {
    const body = `{\n${lines(70)}}`;
    expect(checkTexts(functionLength, { "a.ts": `const arrow = () => ${body}` })).toEqual([
      "a.ts:1 arrow has 72 lines, over 70",
    ]);
    expect(checkTexts(functionLength, { "a.ts": `class A { method() ${body} }` })).toEqual([
      "a.ts:1 method has 72 lines, over 70",
    ]);
    expect(checkTexts(functionLength, { "a.ts": `call(() => ${body})` })).toEqual([
      "a.ts:1 a function has 72 lines, over 70",
    ]);
  });

  it("lets a describe be long, but no test in it", () => {
    const group = (inner: string) => `describe.each([1])("x", () => {\n${lines(80)}${inner}});`;
    expect(checkTexts(functionLength, { "a.test.ts": group("") })).toEqual([]);
    expect(checkTexts(functionLength, { "a.test.ts": group(`it("y", () => {\n${lines(70)}});`) })).toHaveLength(1);
    expect(checkTexts(functionLength, { "a.ts": group("") })).toHaveLength(1);
  });
});
