import { openApiDocument } from "@capstan/engine/decoder";
import type { SchemaLike } from "../generate/from-schema.js";

export interface Content {
  readonly schema: SchemaLike;
}

export interface Answer {
  readonly content?: Readonly<Record<string, Content>>;
}

/** One call, as the document describes it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: "path" | "query"; readonly schema: SchemaLike }[];
  readonly body: Readonly<Record<string, Content>>;
  /** By status. */
  readonly answers: Readonly<Record<string, Answer>>;
}

type Json = Readonly<Record<string, unknown>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** The document that the engine serves. */
export const document = openApiDocument() as Json & Document;

/** What a reference within the document means. */
export function resolve(reference: string): unknown {
  let at: unknown = document;
  for (const part of reference.slice(2).split("/")) at = (at as Json)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  return at;
}

/** All calls of the document, with references to answers resolved. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    id: operation["operationId"] as string,
    method: method.toUpperCase(),
    path,
    parameters: operation["parameters"] as Operation["parameters"],
    body: ((operation["requestBody"] as Json | undefined)?.["content"] ?? {}) as Operation["body"],
    answers: Object.fromEntries(
      Object.entries(operation["responses"] as Json).map(([status, answer]) => [status, direct(answer as Json)]),
    ),
  })),
);

function direct(answer: Json): Answer {
  const reference = answer["$ref"];
  return (typeof reference === "string" ? resolve(reference) : answer) as Answer;
}
