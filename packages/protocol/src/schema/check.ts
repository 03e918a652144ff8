import { Compile, type Type } from "./typebox.js";
import { CapstanError } from "../error/capstan-error.js";
import { excerpt } from "../error/excerpt.js";
import type { ErrorCode } from "../error/registry.js";

/** Where a value does not fit its schema. */
export interface Misfit {
  /** JSON pointer into the value. */
  readonly at: string;
  readonly message: string;
}

export interface Check<T> {
  /** Returns the value, typed. @throws CapstanError with the check's code, naming up to ten misfits. */
  (value: unknown): T;
}

/** Compiles a schema once into a check that throws a typed error. */
export function makeCheck<S extends Type.TSchema>(
  schema: S,
  what: string,
  code: ErrorCode = "invalid-request",
): Check<Type.Static<S>> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value;
    const misfits = listMisfits(validator.Errors(value) as unknown as RawError[]);
    const first = misfits[0];
    const place = first === undefined || first.at === "" ? "" : ` at ${first.at}`;
    throw new CapstanError(code, `${what} is wrong${place}: ${first?.message ?? "it does not fit"}`, {
      details: { misfits },
    });
  };
}

interface RawError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: {
    readonly additionalProperties?: readonly string[];
    readonly requiredProperties?: readonly string[];
  };
}

function listMisfits(errors: readonly RawError[]): Misfit[] {
  const told = errors.filter((error) => error.keyword !== "boolean" && error.keyword !== "anyOf");
  return (told.length > 0 ? told : errors).slice(0, 10).map(({ instancePath, message, params }) => {
    const unknown = params.additionalProperties;
    const told = unknown === undefined ? message : `unknown field ${unknown.join(", ")}`;
    return { at: excerpt(instancePath), message: excerpt(told) };
  });
}
