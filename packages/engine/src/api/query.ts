import type Type from "typebox";
import { Closed, makeCheck } from "@capstan/protocol";

interface Parameter {
  readonly type?: string;
  readonly default?: unknown;
}

const integer = /^-?\d{1,15}$/;

function coerce(text: unknown, type: string | undefined): unknown {
  if (typeof text !== "string") return text;
  if (type === "integer" && integer.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * Makes the check of a query string: integers and booleans are read from their text, defaults are filled in, and what
 * the route does not know is refused. The check throws CapstanError `invalid-request`.
 */
export function makeQueryCheck(schema: Type.TObject = Closed({})): (raw: Readonly<Record<string, unknown>>) => unknown {
  const check = makeCheck(schema, "the query");
  const parameters = Object.entries(schema.properties as Record<string, Parameter>);
  return (raw) => {
    const query: Record<string, unknown> = { ...raw };
    for (const [name, parameter] of parameters) {
      const value = query[name];
      if (value !== undefined) query[name] = coerce(value, parameter.type);
      else if (parameter.default !== undefined) query[name] = parameter.default;
    }
    return check(query);
  };
}
