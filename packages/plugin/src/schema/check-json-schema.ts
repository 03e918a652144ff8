import { CapstanError, type JsonSchema } from "@capstan/protocol";

const types: ReadonlySet<unknown> = new Set(["null", "boolean", "object", "array", "number", "string", "integer"]);
const inMaps = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"] as const;
const inLists = ["allOf", "anyOf", "oneOf", "prefixItems"] as const;
const inPlace = [
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "unevaluatedProperties",
  "unevaluatedItems",
] as const;

/**
 * Refuses JSON Schema that would silently allow everything: a misspelt type, a reference beyond the document.
 * @throws CapstanError `invalid-manifest` naming the place.
 */
export function checkJsonSchema(schema: JsonSchema, what: string): void {
  const fault = findFault(schema, "");
  if (fault === undefined) return;
  throw new CapstanError("invalid-manifest", `${what} is wrong at ${fault.at || "/"}: ${fault.message}`, {
    details: { misfits: [fault] },
  });
}

interface SchemaFault {
  readonly at: string;
  readonly message: string;
}

function findFault(schema: unknown, at: string): SchemaFault | undefined {
  if (typeof schema === "boolean") return undefined;
  if (!isObject(schema)) return { at, message: "a schema is an object or a boolean" };
  return findOwnFault(schema, at) ?? findNestedFault(schema, at);
}

function findOwnFault(schema: Record<string, unknown>, at: string): SchemaFault | undefined {
  for (const type of schema["type"] === undefined ? [] : [schema["type"]].flat()) {
    if (!types.has(type)) return { at: `${at}/type`, message: `there is no type ${JSON.stringify(type)}` };
  }
  const reference = schema["$ref"];
  if (reference !== undefined && !(typeof reference === "string" && reference.startsWith("#"))) {
    return { at: `${at}/$ref`, message: "a reference stays within its document: it starts with #" };
  }
  return undefined;
}

function findNestedFault(schema: Record<string, unknown>, at: string): SchemaFault | undefined {
  for (const [nested, place] of nestedSchemas(schema, at)) {
    const fault = findFault(nested, place);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function* nestedSchemas(schema: Record<string, unknown>, at: string): Generator<[unknown, string]> {
  for (const keyword of inMaps) {
    const map = schema[keyword];
    if (isObject(map)) for (const name of Object.keys(map)) yield [map[name], `${at}/${keyword}/${name}`];
  }
  for (const keyword of inLists) {
    const list = schema[keyword];
    if (Array.isArray(list)) for (const [index, item] of list.entries()) yield [item, `${at}/${keyword}/${index}`];
  }
  for (const keyword of inPlace) {
    // Before draft 2020-12 `items` could be a list.
    const nested = schema[keyword];
    if (nested !== undefined && !Array.isArray(nested)) yield [nested, `${at}/${keyword}`];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
