import type { Example } from "@capstan/protocol";

/** The examples that failed, when the output is what a test framework told of a file; none else. */
export function failedExamples(output: unknown): readonly Example[] {
  const { examples } = (typeof output === "object" && output !== null ? output : {}) as { examples?: unknown };
  return Array.isArray(examples) ? examples.filter(isFailed) : [];
}

/** It is shown to people: what a program says in place of an example is left out, whatever it is. */
function isFailed(value: unknown): value is Example {
  if (typeof value !== "object" || value === null) return false;
  const { name, status, message } = value as Partial<Example>;
  return typeof name === "string" && status === "failed" && (message === undefined || typeof message === "string");
}
