import { isUtf8 } from "node:buffer";
import { CapstanError } from "@capstan/protocol";

/** Nesting beyond this is refused, so that no walk over a value can exhaust the stack. */
export const jsonDepthMax = 200;

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
  // Text this short cannot be nested too deeply.
  if (text.length > 2 * jsonDepthMax) checkDepth(text, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it cannot be parsed";
    throw new CapstanError("invalid-request", `${what} is not JSON: ${reason.slice(0, 200)}`, { cause });
  }
}

function checkDepth(text: string, what: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > jsonDepthMax) {
        throw new CapstanError("invalid-request", `${what} is nested more than ${jsonDepthMax} deep: flatten it`);
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
  }
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}
