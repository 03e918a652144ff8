import { type CapstanError, errorRegistry, toCapstanError } from "@capstan/protocol";
import { exitCodeOf } from "../exit-code.js";
import type { Output } from "../io/output.js";

/** Prints an error with its remedy, or as a problem in JSON, and gives its exit code. */
export function renderError(thrown: unknown, output: Output): number {
  const error = toCapstanError(thrown);
  if (output.isJson) output.error(JSON.stringify(error.toProblem()));
  else output.error(errorLines(error, output).join("\n"));
  return exitCodeOf(error.code);
}

function errorLines(error: CapstanError, { errorStyle }: Output): string[] {
  const lines = [`${errorStyle.red("error:")} ${error.message}`];
  for (const { at, message } of misfitsOf(error).slice(1)) lines.push(`  ${at}: ${message}`);
  lines.push(`  ${errorRegistry[error.code].remedy}`);
  // What nobody foresaw is for whoever mends it.
  const { cause } = error;
  if (error.code === "internal" && cause instanceof Error && cause.stack !== undefined) {
    lines.push(errorStyle.dim(cause.stack));
  }
  return lines;
}

interface Misfit {
  readonly at: string;
  readonly message: string;
}

/** All places where the request does not fit; the message names the first. */
function misfitsOf({ details }: CapstanError): readonly Misfit[] {
  const misfits = details?.["misfits"];
  return Array.isArray(misfits) ? (misfits as Misfit[]) : [];
}
