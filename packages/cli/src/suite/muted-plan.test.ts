import { limits } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { planMuted } from "./muted-plan.js";
import { mutedTestText, parseMutedTest } from "./muted-test.js";

describe("a test to mute", () => {
  test.each([
    ["a.js", { key: "a.js" }],
    ["./test/a.js", { key: "test/a.js" }],
    ["a.js::adds", { key: "a.js", example: "adds" }],
    ["a_spec.rb::Cart::Item > adds", { key: "a_spec.rb", example: "Cart::Item > adds" }],
  ])("is a file, or a file and an example of it: %s", (text, expected) => {
    expect(parseMutedTest(text)).toEqual(expected);
    expect(parseMutedTest(mutedTestText(expected))).toEqual(expected);
  });

  test.each(["", "::adds", "a.js::", "x".repeat(600), `a.js::${"x".repeat(1_001)}`])("is refused as %s", (text) => {
    expect(() => parseMutedTest(text)).toThrow(expect.objectContaining({ code: "invalid-config" }));
  });
});

describe("planMuted", () => {
  const files = ["a.js", "b.js", "odd::name.js"];

  test("takes what is typed and what is kept, of that only what the suite has", () => {
    const kept = [{ key: "a.js" }, { key: "a.js", example: "one" }, { key: "gone.js" }];
    const plan = planMuted(files, { typed: ["b.js::two", "a.js::one", "odd::name.js", "gone.js"], kept });
    expect(plan.keys).toEqual(["odd::name.js", "gone.js", "a.js"]);
    expect([...plan.examples]).toEqual([
      ["b.js", ["two"]],
      ["a.js", ["one"]],
    ]);
    expect(plan.count).toBe(4);
    expect(planMuted(files, {})).toEqual({ keys: [], examples: new Map(), count: 0 });
  });

  test("refuses more than a launch may have", () => {
    const typed = Array.from({ length: limits.mutedMax + 1 }, (_, n) => `a.js::${n}`);
    expect(() => planMuted(files, { typed })).toThrow("1001 examples of a.js are muted: at most 1000 may be");
  });
});
