import { BrokenInvariant } from "../invariant/broken.js";
import type { ByteString } from "../input/byte-string.js";

/** An input that broke something. */
export interface Failure {
  readonly target: string;
  readonly seed: number;
  readonly page: number;
  readonly message: string;
  readonly stack: string;
  readonly input: ByteString;
}

/** What tells failures apart: which invariant it was, or the words of an error without what changes with the input. */
export function signatureOf(thrown: unknown): string {
  if (thrown instanceof BrokenInvariant) return thrown.what;
  const { message } = describeThrown(thrown);
  const [line = ""] = message.split("\n");
  return line
    .replaceAll(/["'].*["']/g, '""')
    .replaceAll(/\d+/g, "0")
    .slice(0, 60);
}

export function describeThrown(thrown: unknown): { message: string; stack: string } {
  if (!(thrown instanceof Error)) return { message: `threw ${String(thrown)}`, stack: "" };
  return { message: `${thrown.name}: ${thrown.message}`.slice(0, 2_000), stack: framesOf(thrown.stack ?? "") };
}

function framesOf(stack: string): string {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return lines.slice(0, 8).join("\n");
}
