import fc from "fast-check";
import { compileSchema } from "@capstan/engine/decoder";
import type { JsonSchema } from "@capstan/protocol";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean(),
    fc.record(
      {
        type: fc.constantFrom("string", "number", "integer", "object", "array", "boolean", "null"),
        enum: fc.array(anyJson, { maxLength: 3 }),
        const: anyJson,
        pattern: fc.constantFrom("^a+$", "[", "\\p{L}", "(?<x>a)\\k<x>"),
        minimum: fc.integer(),
        maxLength: fc.nat({ max: 20 }),
        multipleOf: fc.constantFrom(0, 0.1, 3),
        required: fc.array(anyText, { maxLength: 2 }),
        uniqueItems: fc.boolean(),
        format: fc.constantFrom("email", "date", "uri", "coffee"),
        $ref: fc.constantFrom("#", "#/properties/a", "#/$defs/x", "#anchor", "http://example.org", "#/%E0"),
        $id: anyText,
        $anchor: fc.constantFrom("anchor", "a b"),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        properties: fc.dictionary(anyText, tie("schema"), { maxKeys: 2, noNullPrototype: true }),
        $defs: fc.record({ x: tie("schema") }),
        items: tie("schema"),
        prefixItems: fc.array(tie("schema"), { maxLength: 2 }),
        anyOf: fc.array(tie("schema"), { maxLength: 2 }),
        allOf: fc.array(tie("schema"), { maxLength: 2 }),
        oneOf: fc.array(tie("schema"), { maxLength: 2 }),
        not: tie("schema"),
        if: tie("schema"),
        else: tie("schema"),
        additionalProperties: tie("schema"),
        unevaluatedProperties: tie("schema"),
        patternProperties: fc.dictionary(fc.constantFrom("^a", "(", ".*"), tie("schema"), {
          maxKeys: 1,
          noNullPrototype: true,
        }),
        dependentSchemas: fc.record({ a: tie("schema") }),
        contains: tie("schema"),
        propertyNames: tie("schema"),
      },
      { requiredKeys: [] },
    ),
  ),
}));

const samples: readonly unknown[] = [
  null,
  true,
  0,
  1.5,
  "",
  "aaa",
  [],
  [1, 1],
  {},
  { a: 1, b: { a: [] } },
  { toString: 1 },
];

/** JSON Schemas of deployed definitions: refused when they are deployed, or a check that every value can be given to. */
export const jsonSchema: Target = {
  name: "json-schema",
  kind: "body",
  jsonAt: 0,
  words: ['"$ref":"#"', '"type":"object"', '"properties":{', '"pattern":"^a"', '"allOf":[', '"$defs":{'],
  seeds: jsonSeeds(schema),
  open: stateless((input) => {
    const value = parse(textOf(input));
    if (value === undefined) return;
    const options = { what: "the input", code: "invalid-input" } as const;
    const outcome = decode(() => compileSchema(value as JsonSchema, options), ["invalid-manifest"]);
    if ("refused" in outcome) return;
    for (const sample of samples) decode(() => outcome.value(sample), ["invalid-input"]);
  }),
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
