const schema = { $ref: "#" };
const schemaMap = { type: "object", additionalProperties: schema };
const schemaList = { type: "array", minItems: 1, items: schema };
const count = { type: "integer", minimum: 0 };
const text = { type: "string" };
const textList = { type: "array", items: text };
const typeName = { enum: ["null", "boolean", "object", "array", "number", "string", "integer"] };

/**
 * The form of a JSON Schema (2020-12 with draft 7's `definitions` and `dependencies`): a keyword of the wrong form would
 * else be passed over, and its rule with it. Unknown keywords are allowed, as the standard says.
 */
export const metaSchema = {
  type: ["object", "boolean"],
  properties: {
    $schema: text,
    $id: text,
    $ref: text,
    $anchor: text,
    $comment: text,
    title: text,
    description: text,
    format: text,
    $defs: schemaMap,
    definitions: schemaMap,
    type: { anyOf: [typeName, { type: "array", minItems: 1, items: typeName, uniqueItems: true }] },
    enum: { type: "array" },
    allOf: schemaList,
    anyOf: schemaList,
    oneOf: schemaList,
    not: schema,
    if: schema,
    // oxlint-disable-next-line unicorn/no-thenable
    then: schema,
    else: schema,
    properties: schemaMap,
    patternProperties: schemaMap,
    additionalProperties: schema,
    propertyNames: schema,
    unevaluatedProperties: schema,
    dependentSchemas: schemaMap,
    dependentRequired: { type: "object", additionalProperties: textList },
    required: textList,
    minProperties: count,
    maxProperties: count,
    items: { anyOf: [schema, { type: "array", items: schema }] },
    prefixItems: schemaList,
    additionalItems: schema,
    unevaluatedItems: schema,
    contains: schema,
    minContains: count,
    maxContains: count,
    minItems: count,
    maxItems: count,
    uniqueItems: { type: "boolean" },
    minLength: count,
    maxLength: count,
    pattern: text,
    minimum: { type: "number" },
    maximum: { type: "number" },
    exclusiveMinimum: { type: "number" },
    exclusiveMaximum: { type: "number" },
    multipleOf: { type: "number", exclusiveMinimum: 0 },
  },
} as const;
