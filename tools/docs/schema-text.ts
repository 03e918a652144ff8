/** The parts of a JSON Schema that the schemas of messages are made of. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** One field of a message; fields of an object inside of it follow with a dotted name. */
export interface DescribedField {
  readonly name: string;
  readonly text: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
}

/** The fields of an object in the order of its schema, those of nested objects and of lists of objects too. */
export function describeFields(schema: SchemaNode, path = ""): DescribedField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = path + key;
    const isRequired = schema.required?.includes(key) === true;
    const described = { name, text: schemaText(field), isRequired, description: field.description };
    if (isManifest(field)) return [{ ...described, text: "manifest" }];
    if (field.properties !== undefined) return [described, ...describeFields(field, `${name}.`)];
    if (field.items?.properties !== undefined) return [described, ...describeFields(field.items, `${name}[].`)];
    return [described];
  });
}

function isManifest(field: SchemaNode): boolean {
  return field.properties?.["manifestVersion"] !== undefined;
}

/** What a value may be, in a few words. */
export function schemaText(schema: SchemaNode): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((word) => code(String(word))).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(schemaText).join(" or ");
  switch (schema.type) {
    case "string":
      return stringText(schema);
    case "integer":
    case "number":
      return schema.type + range(schema);
    case "array":
      return `list of ${itemsText(schema.items)}${atMost(schema.maxItems)}`;
    case "object":
      return schema.patternProperties === undefined
        ? "object"
        : `object of names to values${atMost(schema.maxProperties)}`;
    case undefined:
      return "any JSON";
    default:
      return schema.type;
  }
}

function itemsText(items: SchemaNode | undefined): string {
  if (items?.properties !== undefined) return "objects";
  const text = schemaText(items ?? {});
  return text.includes(", ") ? `(${text})` : text;
}

/** Ids are called by their names; how they look is said once, in the text. */
const ids = {
  task_: "task id",
  set_: "taskset id",
  trial_: "trial id",
  wrk_: "worker id",
  ses_: "session id",
  rev_: "revision id",
};

function stringText({ pattern, maxLength }: SchemaNode): string {
  const id = Object.entries(ids).find(([prefix]) => pattern?.startsWith(`^${prefix}`));
  if (id !== undefined) return id[1];
  if (pattern === "^sha256:[0-9a-f]{64}$") return "digest";
  if (pattern !== undefined) return `text ${code(pattern)}${atMost(maxLength)}`;
  return `text${atMost(maxLength)}`;
}

function range({ minimum, maximum }: SchemaNode): string {
  const least = minimum === undefined ? "" : ` ≥ ${minimum}`;
  const isOpen = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER;
  return least + (isOpen ? "" : `${least === "" ? "" : ","} ≤ ${maximum}`);
}

function atMost(max: number | undefined): string {
  return max === undefined ? "" : `, at most ${max}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
