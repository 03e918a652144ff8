import { CapstanError, type JsonSchema } from "@capstan/protocol";
import type { Schema } from "./schema.js";
import { isStandardSchema, type StandardSchema } from "./standard-schema.js";

/** Which side of the validation a schema describes: what is passed in, or what comes out. */
export type SchemaSide = "input" | "output";

/** Converts a schema of a library that cannot do it itself, for example `z.toJSONSchema` of early versions of zod 4. */
export type SchemaConverter = (schema: unknown, side: SchemaSide) => unknown;

export interface JsonSchemaOptions {
  readonly side: SchemaSide;
  /** How messages call the schema, for example `the input of images/resize`. */
  readonly what: string;
  readonly converter?: SchemaConverter | undefined;
}

/** Two drafts of JSON Schema that the engine understands, the better one first. */
const targets = ["draft-2020-12", "draft-07"] as const;

/**
 * The JSON Schema document of a schema.
 * @throws CapstanError `invalid-manifest` when the schema's library gives none, or the schema has no JSON form.
 */
export function jsonSchemaOf(schema: Schema, options: JsonSchemaOptions): JsonSchema {
  const document = isStandardSchema(schema) ? convert(schema, options) : schema;
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new CapstanError("invalid-manifest", `${options.what} is no JSON Schema: a schema is an object`);
  }
  // Through JSON: what is published is what is stored, without the marks that libraries hang on their objects.
  return JSON.parse(JSON.stringify(document)) as JsonSchema;
}

function convert(schema: StandardSchema, options: JsonSchemaOptions): unknown {
  const ways = waysToConvert(schema, options);
  let failure: unknown;
  for (const way of ways) {
    try {
      return way();
    } catch (error) {
      failure ??= error;
    }
  }
  const vendor = schema["~standard"].vendor;
  const reason = failure instanceof Error ? `: ${failure.message}` : "";
  throw new CapstanError("invalid-manifest", `${options.what} has no JSON Schema${reason}. ${remedy(vendor, ways)}`, {
    details: { vendor },
    cause: failure,
  });
}

function waysToConvert(schema: StandardSchema, { side, converter }: JsonSchemaOptions): (() => unknown)[] {
  const ways: (() => unknown)[] = [];
  const standard = schema["~standard"].jsonSchema;
  if (standard !== undefined) ways.push(...targets.map((target) => () => standard[side]({ target })));
  const own = schema as { readonly toJsonSchema?: () => unknown; readonly toJSONSchema?: (io: object) => unknown };
  if (typeof own.toJsonSchema === "function") ways.push(() => own.toJsonSchema?.());
  if (typeof own.toJSONSchema === "function") ways.push(() => own.toJSONSchema?.({ io: side }));
  if (converter !== undefined) ways.push(() => converter(schema, side));
  return ways;
}

function remedy(vendor: string, ways: readonly unknown[]): string {
  if (ways.length > 0) return "Use types that JSON can express, for example texts in place of dates";
  if (vendor === "valibot") return "Wrap it with toStandardJsonSchema of @valibot/to-json-schema";
  if (vendor === "zod") return "Update zod, or pass `toJsonSchema: (schema, io) => z.toJSONSchema(schema, { io })`";
  return "Pass `toJsonSchema` to definePlugin, or give JSON Schema itself";
}
