import { resolve } from "node:path";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { readAll, readText } from "../io/read.js";

/** The input of a task: JSON as typed, `@file`, or `-` for stdin. @throws CapstanError `invalid-config`. */
export async function readInput({ io }: Context, text: string | undefined): Promise<unknown> {
  if (text === undefined) return undefined;
  if (text === "-") return parse(await readAll(io.stdin), "stdin");
  if (text.startsWith("@")) return parse(await readText(resolve(io.cwd, text.slice(1)), "the input"), text.slice(1));
  return parse(text, "the input");
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const remedy = "put it in single quotes, and texts in it in double quotes";
    throw new CapstanError("invalid-config", `${what} is no JSON (${(cause as Error).message}): ${remedy}`, { cause });
  }
}
