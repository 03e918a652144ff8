import { CapstanError, makeCheck, type Check, type ErrorCode, type Misfit } from "@capstan/protocol";
import type Type from "typebox";
import type { Schema } from "./schema.js";
import { isStandardSchema, type StandardIssue, type StandardResult, type StandardSchema } from "./standard-schema.js";

/** Gives the validated value back, at once unless the schema's library validates asynchronously. */
export type Validator<T> = (value: unknown) => T | Promise<T>;

/** Makes the validator of a schema; without a schema everything passes. Compiled at its first use. */
export function makeValidator<T>(schema: Schema | undefined, what: string, code: ErrorCode): Validator<T> {
  if (schema === undefined) return (value) => value as T;
  if (isStandardSchema(schema)) return standardValidator(schema as StandardSchema<unknown, T>, what, code);
  let check: Check<unknown> | undefined;
  return (value) => {
    check ??= makeCheck(schema as Type.TSchema, what, code);
    return check(value) as T;
  };
}

function standardValidator<T>(schema: StandardSchema<unknown, T>, what: string, code: ErrorCode): Validator<T> {
  const judge = (result: StandardResult<T>): T => {
    if (result.issues === undefined) return result.value;
    const misfits = result.issues.slice(0, 10).map(misfitOf);
    const first = misfits[0];
    const place = first === undefined || first.at === "" ? "" : ` at ${first.at}`;
    throw new CapstanError(code, `${what} is wrong${place}: ${first?.message ?? "it does not fit"}`, {
      details: { misfits },
    });
  };
  return (value) => {
    const result = schema["~standard"].validate(value);
    return result instanceof Promise ? result.then(judge) : judge(result);
  };
}

function misfitOf(issue: StandardIssue): Misfit {
  const parts = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  const at = parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { at, message: issue.message };
}
