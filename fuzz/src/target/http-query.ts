import fc from "fast-check";
import { parse } from "node:querystring";
import { makeQueryCheck } from "@capstan/engine/decoder";
import { routes, type Route } from "@capstan/protocol";
import { fromSchema, type SchemaLike } from "../generate/from-schema.js";
import { plainSchema, textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { same } from "../invariant/same.js";
import { stateless, type Target } from "./target.js";

const queries = Object.values(routes as Record<string, Route>).flatMap(({ query }) =>
  query === undefined ? [] : [{ fields: plainSchema(query).properties ?? {}, check: makeQueryCheck(query) }],
);

/** Query strings of every route that takes one; the first byte says which. */
export const httpQuery: Target = {
  name: "http-query",
  kind: "text",
  seeds: fc.oneof(...queries.map(({ fields }, at) => seedsOf(fields).map((input) => String.fromCharCode(at) + input))),
  words: queries.flatMap(({ fields }) => Object.keys(fields)),
  open: stateless((input) => {
    const { fields, check } = queries[(input.charCodeAt(0) || 0) % queries.length]!;
    const outcome = decode(() => check(parse(textOf(input.slice(1)))), ["invalid-request"]);
    if ("refused" in outcome) return;
    const query = outcome.value as Record<string, unknown>;
    for (const name of Object.keys(query))
      if (!Object.hasOwn(fields, name)) broken("the query has an unknown field", name);
    same(check(parse(queryText(query))), query, "a query that was written and read again");
  }),
};

function seedsOf(fields: Readonly<Record<string, SchemaLike>>): fc.Arbitrary<string> {
  return textSeeds(
    fromSchema({ type: "object", properties: fields }).map((query) => queryText(query as Record<string, unknown>)),
  );
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}
