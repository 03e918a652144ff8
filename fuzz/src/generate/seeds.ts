import fc from "fast-check";
import { byteStringOf, type ByteString } from "../input/byte-string.js";
import { fromSchema, type SchemaLike } from "./from-schema.js";
import { anyJson, anyText } from "./hostile.js";

/** Any bytes. */
export const anyBytes: fc.Arbitrary<ByteString> = fc
  .array(fc.nat({ max: 255 }), { maxLength: 64 })
  .map((bytes) => String.fromCharCode(...bytes));

/** A text as bytes. */
export function textSeeds(...texts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<ByteString> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.oneof(...texts).map(byteStringOf) },
    { weight: 1, arbitrary: anyText.map(byteStringOf) },
    { weight: 1, arbitrary: anyBytes },
  );
}

/** JSON as bytes: what the values say, any JSON, and what is none. */
export function jsonSeeds(values: fc.Arbitrary<unknown>): fc.Arbitrary<ByteString> {
  return fc.oneof(
    { weight: 8, arbitrary: values.map(jsonBytes) },
    { weight: 1, arbitrary: anyJson.map(jsonBytes) },
    { weight: 1, arbitrary: anyBytes },
  );
}

/** JSON as bytes, by schema. */
export function schemaSeeds(schema: unknown): fc.Arbitrary<ByteString> {
  return jsonSeeds(fromSchema(plainSchema(schema)));
}

/** A schema as the document that it is, without the marks of the library that made it. */
export function plainSchema(schema: unknown): SchemaLike {
  return JSON.parse(JSON.stringify(schema)) as SchemaLike;
}

function jsonBytes(value: unknown): ByteString {
  return byteStringOf(JSON.stringify(value) ?? "null");
}
