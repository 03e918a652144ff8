import * as protocol from "@capstan/protocol";

type Json = Readonly<Record<string, unknown>>;

/** Schemas smaller than this are written where they are used. */
const lengthMin = 120;

/**
 * Gives the protocol's schemas their names: wherever a document holds what the protocol exports under a name, it refers to
 * that name. Schemas are compared by content, because an optional one is a copy.
 */
export class SchemaNames {
  readonly #names = new Map<string, string>();
  readonly #used = new Map<string, Json>();

  constructor() {
    for (const [name, value] of Object.entries(protocol)) {
      if (!isNamedSchema(name, value)) continue;
      const text = JSON.stringify(value);
      if (text.length >= lengthMin && !this.#names.has(text)) this.#names.set(text, name);
    }
  }

  /** The schema as the document has it: a reference when it has a name, else itself with references within. */
  refer(schema: unknown): unknown {
    const plain: unknown = JSON.parse(JSON.stringify(schema));
    return this.#replace(plain);
  }

  /** All schemas that were referred to, by name. */
  schemas(): Readonly<Record<string, Json>> {
    return Object.fromEntries([...this.#used].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }

  #replace(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((item) => this.#replace(item));
    if (typeof part !== "object" || part === null) return part;
    const name = this.#names.get(JSON.stringify(part));
    if (name === undefined) return this.#replaceFields(part);
    if (!this.#used.has(name)) {
      // Taken before its fields are replaced: a schema that holds itself would never end.
      this.#used.set(name, {});
      this.#used.set(name, this.#replaceFields(part));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #replaceFields(part: object): Json {
    return Object.fromEntries(Object.entries(part).map(([field, value]) => [field, this.#replace(value)]));
  }
}

function isNamedSchema(name: string, value: unknown): value is Json {
  if (!/^[A-Z]/.test(name) || typeof value !== "object" || value === null) return false;
  return "type" in value || "anyOf" in value || "enum" in value;
}
