import type Type from "typebox";
import type { XStatic } from "typebox/schema";
import type { StandardSchema } from "./standard-schema.js";

/** A JSON Schema document, also one that typebox made. */
export type JsonSchemaObject = { readonly [keyword: string]: unknown } | Type.TSchema;

/**
 * What describes an input or output: a Standard Schema that can give JSON Schema (zod 4, arktype, valibot with its
 * converter), a typebox type, or a JSON Schema document.
 */
export type Schema = StandardSchema | JsonSchemaObject;

/** What may be passed in to be validated. */
export type SchemaInput<S> = S extends StandardSchema
  ? TypesOf<S> extends { readonly input: infer Input }
    ? Input
    : unknown
  : S extends object
    ? StaticOf<S>
    : unknown;

/** What comes out of the validation. */
export type SchemaOutput<S> = S extends StandardSchema
  ? TypesOf<S> extends { readonly output: infer Output }
    ? Output
    : unknown
  : S extends object
    ? StaticOf<S>
    : unknown;

type TypesOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>;

/** The type of typebox types (1, then 0.x), and of JSON Schema that is written in place. */
type StaticOf<S extends object> = S extends { readonly "~kind": string }
  ? Type.Static<S>
  : S extends { readonly static: infer T }
    ? T
    : XStatic<S>;

/** A value after its way through JSON: dates are texts, functions are gone. */
export type Jsonified<T> = unknown extends T
  ? T
  : T extends { toJSON(): infer J }
    ? Jsonified<J>
    : T extends string | number | boolean | null | undefined
      ? T
      : T extends (...parameters: never) => unknown
        ? never
        : T extends void
          ? undefined
          : T extends ReadonlyArray<infer Item>
            ? JsonifiedList<T, Item>
            : T extends object
              ? { [K in keyof T as K extends symbol ? never : K]: Jsonified<T[K]> }
              : never;

type JsonifiedList<T extends readonly unknown[], Item> = number extends T["length"]
  ? Jsonified<Item>[]
  : { [K in keyof T]: Jsonified<T[K]> };
