import type { Fault } from "@capstan/protocol";

/** Limits of the wire's `Fault`. */
const charactersMax = { name: 200, code: 100, message: 16_384, stack: 65_536 } as const;
const causesMax = 5;

/** What a task's code threw, as it is reported: any value, also one that is no error or fights being read. */
export function faultOf(thrown: unknown): Fault {
  try {
    return describe(thrown);
  } catch {
    return { message: "the task threw something that cannot be read" };
  }
}

function describe(thrown: unknown): Fault {
  const isRetryable = readRetryable(thrown);
  const retryable = isRetryable === undefined ? {} : { isRetryable };
  if (!(thrown instanceof Error)) return { message: cut(textOf(thrown), charactersMax.message), ...retryable };
  const stack = stackOf(thrown);
  const code = codeOf(thrown);
  return {
    name: cut(thrown.name, charactersMax.name),
    message: cut(thrown.message === "" ? thrown.name : thrown.message, charactersMax.message),
    ...(code === "" ? {} : { code: cut(code, charactersMax.code) }),
    ...(stack === "" ? {} : { stack: cut(stack, charactersMax.stack) }),
    ...retryable,
  };
}

/** An error says by `retryable` (or, as in the wire's form, `isRetryable`) whether another trial makes sense. */
function readRetryable(thrown: unknown): boolean | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { retryable, isRetryable } = thrown as { readonly retryable?: unknown; readonly isRetryable?: unknown };
  const word = retryable ?? isRetryable;
  return typeof word === "boolean" ? word : undefined;
}

/** Capstan's own errors, those of Node and of many libraries have a code for programs. */
function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function stackOf(error: Error): string {
  const parts = [error.stack ?? ""];
  let cause = error.cause;
  for (let depth = 0; cause !== undefined && depth < causesMax; depth += 1) {
    parts.push(`Caused by: ${cause instanceof Error ? (cause.stack ?? String(cause)) : textOf(cause)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (error instanceof AggregateError) {
    parts.push(...error.errors.slice(0, causesMax).map((each: unknown) => `One of: ${textOf(each)}`));
  }
  return parts.filter((part) => part !== "").join("\n");
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value !== "object" || value === null) return String(value);
  const { message } = value as { readonly message?: unknown };
  return typeof message === "string" ? message : (JSON.stringify(value) ?? "an object");
}

function cut(text: string, charactersKept: number): string {
  return text.length <= charactersKept ? text : `${text.slice(0, charactersKept - 1)}…`;
}
