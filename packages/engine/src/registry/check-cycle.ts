import { CapstanError, type JsonSchema } from "@capstan/protocol";

/** Keywords whose schemas are for the same value as the schema that they stand in, alone, in a list, or by name. */
const one = ["not", "if", "then", "else"] as const;
const lists = ["allOf", "anyOf", "oneOf"] as const;
const maps = ["dependentSchemas", "dependencies"] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Refuses a schema that needs itself to say whether one and the same value fits: checking a value would never end.
 * Recursion into the parts of a value is fine, and ends with the value.
 * @throws CapstanError `invalid-manifest`.
 */
export function checkCycle(root: JsonSchema, find: (reference: string) => unknown): void {
  const done = new Set<unknown>();
  const open = new Set<unknown>();
  const visit = (schema: unknown): void => {
    if (!isObject(schema) || done.has(schema)) return;
    if (open.has(schema)) throw endless(schema);
    open.add(schema);
    for (const part of inPlace(schema, find)) visit(part);
    open.delete(schema);
    done.add(schema);
  };
  for (const schema of schemasIn(root)) visit(schema);
}

function* inPlace(schema: Fields, find: (reference: string) => unknown): Generator {
  if (typeof schema["$ref"] === "string") yield find(schema["$ref"]);
  for (const keyword of one) yield schema[keyword];
  for (const keyword of lists) if (Array.isArray(schema[keyword])) yield* schema[keyword] as unknown[];
  for (const keyword of maps) if (isObject(schema[keyword])) yield* Object.values(schema[keyword]);
}

/** Every object in the document: whether it stands where a schema does matters little, as data has no references. */
function* schemasIn(part: unknown): Generator<Fields> {
  if (Array.isArray(part)) for (const item of part) yield* schemasIn(item);
  if (!isObject(part)) return;
  yield part;
  for (const value of Object.values(part)) yield* schemasIn(value);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function endless(schema: Fields): CapstanError {
  const reference = typeof schema["$ref"] === "string" ? schema["$ref"].slice(0, 200) : "#";
  return new CapstanError(
    "invalid-manifest",
    `the schema refers to itself for one and the same value ("${reference}"): checking a value would never end`,
    { details: { reference } },
  );
}
