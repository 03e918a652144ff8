import { CapstanError, isErrorCode } from "@capstan/protocol/plain";
import { FencedError } from "../store.js";
import { toStoreError } from "../sqlite/store-failure.js";

/** A call to a thread of the store, by the name of a method and its arguments. */
export interface Call {
  readonly n: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** An error as it crosses between threads: structured clone would lose its class. */
export interface SentError {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of a FencedError. */
  readonly partitions?: readonly number[];
}

export type Answer =
  { readonly n: number; readonly result: unknown } | { readonly n: number; readonly error: SentError };

export function sendError(thrown: unknown): SentError {
  const error = toStoreError(thrown);
  if (error instanceof FencedError) return { code: "fenced", message: error.message, partitions: error.partitions };
  return {
    code: error.code,
    message: error.message,
    ...(error.details !== undefined && { details: error.details }),
  };
}

export function receiveError({ code, message, details, partitions }: SentError): CapstanError | FencedError {
  if (partitions !== undefined) return new FencedError(partitions);
  return new CapstanError(isErrorCode(code) ? code : "internal", message, details === undefined ? {} : { details });
}
