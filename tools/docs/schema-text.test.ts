import { describe, expect, it } from "vitest";
import { describeFields, schemaText } from "./schema-text.js";

describe("schema text", () => {
  it("says what a value may be", () => {
    const texts = [
      { const: "hello" },
      { enum: ["a", "b"] },
      { type: "string", maxLength: 5 },
      { type: "string", pattern: "^x$" },
      { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      { type: "number", minimum: 0, maximum: 1 },
      { type: "array", items: { type: "boolean" }, maxItems: 3 },
      { anyOf: [{ const: "any" }, { type: "array", items: { type: "object", properties: {} } }] },
      {},
    ].map((schema) => schemaText(schema));
    expect(texts).toEqual([
      '`"hello"`',
      "`a`, `b`",
      "text, at most 5",
      "text `^x$`",
      "integer ≥ 0",
      "number ≥ 0, ≤ 1",
      "list of boolean, at most 3",
      '`"any"` or list of objects',
      "any JSON",
    ]);
  });

  it("lists fields inside of objects and lists, and leaves a manifest whole", () => {
    const manifest = { type: "object", properties: { manifestVersion: { const: 1 } } };
    const schema = {
      required: ["outer"],
      properties: {
        outer: { type: "object", required: ["inner"], properties: { inner: { type: "boolean", description: "why" } } },
        many: { type: "array", items: { type: "object", properties: { each: {} } } },
        manifest,
      },
    };
    expect(describeFields(schema)).toEqual([
      { name: "outer", text: "object", isRequired: true, description: undefined },
      { name: "outer.inner", text: "boolean", isRequired: true, description: "why" },
      { name: "many", text: "list of objects", isRequired: false, description: undefined },
      { name: "many[].each", text: "any JSON", isRequired: false, description: undefined },
      { name: "manifest", text: "manifest", isRequired: false, description: undefined },
    ]);
  });
});
