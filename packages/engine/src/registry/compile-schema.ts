import type Type from "typebox";
import { CapstanError, makeCheck, type Check, type ErrorCode, type JsonSchema } from "@capstan/protocol";
import { checkCycle } from "./check-cycle.js";
import { metaSchema } from "./meta-schema.js";

const checkForm = makeCheck(metaSchema as unknown as Type.TSchema, "the schema", "invalid-manifest");

export interface CompileOptions {
  /** What a value is called in an error, for example `the input of images/resize`. */
  readonly what: string;
  readonly code: ErrorCode;
}

/**
 * Compiles a JSON Schema into a check of values.
 * @throws CapstanError `invalid-manifest` when it is no schema, has a broken pattern, or refers to what it does not hold.
 */
export function compileSchema(schema: JsonSchema, { what, code }: CompileOptions): Check<unknown> {
  checkForm(schema);
  checkReferences(schema, schema);
  checkCycle(schema, (reference) => findHeld(reference, schema));
  try {
    return makeCheck(schema as unknown as Type.TSchema, what, code);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CapstanError("invalid-manifest", `the schema cannot be compiled: ${reason.slice(0, 300)}`, { cause });
  }
}

/** References within the document are allowed: `#`, `#/$defs/…`, `#anchor`. A validator would let others refuse everything. */
function checkReferences(part: unknown, root: JsonSchema): void {
  if (Array.isArray(part)) {
    for (const item of part) checkReferences(item, root);
    return;
  }
  if (typeof part !== "object" || part === null) return;
  for (const [keyword, value] of Object.entries(part)) {
    if (isData.has(keyword)) continue;
    if (keyword === "$dynamicRef" || keyword === "$recursiveRef") throw badReference(String(value), "is not supported");
    if (keyword === "$ref" && typeof value === "string" && findHeld(value, root) === undefined) {
      throw badReference(value, "refers to nothing within the schema");
    }
    checkReferences(value, root);
  }
}

/** Keywords whose values are data and hold no schemas. */
const isData: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required"]);

/** The schema within the document that a reference means; undefined when there is none. */
function findHeld(reference: string, root: JsonSchema): unknown {
  if (reference === "#") return root;
  if (!reference.startsWith("#")) return findNamed(root, "$id", reference);
  if (!reference.startsWith("#/")) return findNamed(root, "$anchor", reference.slice(1));
  let at: unknown = root;
  for (const part of reference.slice(2).split("/")) {
    const name = decodePointer(part);
    if (typeof at !== "object" || at === null || name === undefined || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === "boolean" || (typeof at === "object" && at !== null) ? at : undefined;
}

function decodePointer(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}

/** The schema in the document that has the name. */
function findNamed(part: unknown, keyword: "$id" | "$anchor", name: string): unknown {
  if (typeof part !== "object" || part === null) return undefined;
  if ((part as Record<string, unknown>)[keyword] === name) return part;
  for (const value of Object.values(part) as unknown[]) {
    const found = findNamed(value, keyword, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function badReference(reference: string, fault: string): CapstanError {
  return new CapstanError(
    "invalid-manifest",
    `the schema's reference "${reference.slice(0, 200)}" ${fault}: put what it means under $defs`,
    { details: { reference: reference.slice(0, 200) } },
  );
}
