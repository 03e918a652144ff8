import { isUtf8 } from "node:buffer";
import { CapstanError, isDeeper, limits } from "@capstan/protocol";

/**
 * Parses JSON from outside.
 * @throws CapstanError `invalid-request` when it is not UTF-8, not JSON, or nested more than 200 deep.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new CapstanError("invalid-request", "the body is not UTF-8");
  return parseJsonText(bytes.toString("utf8"), "the body");
}

/** Parses JSON text from outside; `what` names it in the error. See {@link parseJson}. */
export function parseJsonText(text: string, what: string): unknown {
  if (isDeeper(text, limits.jsonDepthMax)) {
    throw new CapstanError("invalid-request", `${what} is nested more than ${limits.jsonDepthMax} deep: flatten it`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it cannot be parsed";
    throw new CapstanError("invalid-request", `${what} is not JSON: ${reason.slice(0, 200)}`, { cause });
  }
}
