import fc from "fast-check";
import { anyJson, anyText } from "./hostile.js";

/** The part of JSON Schema that Capstan's own schemas use. */
export interface SchemaLike {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaLike[];
  readonly allOf?: readonly SchemaLike[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, SchemaLike>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, SchemaLike>>;
  readonly additionalProperties?: boolean | SchemaLike;
  readonly maxProperties?: number;
  readonly items?: SchemaLike;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Longest arrays and texts that are made; longer ones come from mutation. */
const itemsMax = 3;
const textMax = 24;

/** Values that a schema allows. `refer` finds what a `$ref` names. */
export function fromSchema(
  schema: SchemaLike,
  refer: (reference: string) => SchemaLike = () => ({}),
): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return fromSchema(refer(schema.$ref), refer);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => fromSchema(one, refer)));
  switch (schema.type) {
    case "string":
      return fromText(schema);
    case "integer":
      return fromInteger(schema);
    case "number":
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fromArray(schema, refer);
    case "object":
      return schema.properties === undefined ? fromRecord(schema, refer) : fromObject(schema, refer);
    default:
      return anyJson;
  }
}

function fromText({ pattern, minLength = 0, maxLength = textMax }: SchemaLike): fc.Arbitrary<string> {
  if (pattern === undefined)
    return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, textMax)) });
  return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, Math.max(maxLength, 80)));
}

function fromInteger({ minimum = -1_000_000, maximum = 1_000_000 }: SchemaLike): fc.Arbitrary<number> {
  const near = Math.min(maximum, minimum + 10_000);
  return fc.oneof(
    fc.integer({ min: minimum, max: near }),
    fc.constantFrom(minimum, maximum, near),
    fc.double({ min: minimum, max: maximum, noNaN: true }).map((value) => Math.max(minimum, Math.floor(value))),
  );
}

function fromArray(
  { items = {}, minItems = 0, maxItems = itemsMax }: SchemaLike,
  refer: (reference: string) => SchemaLike,
) {
  return fc.array(fromSchema(items, refer), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, itemsMax)),
  });
}

function fromObject({ properties = {}, required = [] }: SchemaLike, refer: (reference: string) => SchemaLike) {
  const fields = Object.entries(properties).map(([name, field]) => [name, fromSchema(field, refer)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] as never[], noNullPrototype: true });
}

function fromRecord(schema: SchemaLike, refer: (reference: string) => SchemaLike) {
  const { patternProperties = {}, additionalProperties } = schema;
  const [[pattern, field] = [undefined, typeof additionalProperties === "object" ? additionalProperties : {}]] =
    Object.entries(patternProperties);
  const name = pattern === undefined || additionalProperties !== false ? anyText : fromText({ pattern });
  return fc.dictionary(name, fromSchema(field, refer), { maxKeys: itemsMax, noNullPrototype: true });
}
