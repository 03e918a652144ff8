import fc from "fast-check";
import { makeCheck, routes, type Route } from "@capstan/protocol";
import { parseJson } from "@capstan/engine/decoder";
import { fromSchema } from "../generate/from-schema.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { bytesOf } from "../input/byte-string.js";
import { decode } from "../invariant/refusal.js";
import { same } from "../invariant/same.js";
import { stateless, type Target } from "./target.js";

const bodies = Object.entries(routes as Record<string, Route>).flatMap(([name, { body }]) =>
  body === undefined ? [] : [{ name, schema: body, check: makeCheck(body, "the body") }],
);

/** JSON bodies of every route that takes one; the first byte says which. */
export const httpBody: Target = {
  name: "http-body",
  kind: "body",
  share: 3,
  jsonAt: 1,
  words: bodies.flatMap(({ schema }) => Object.keys(plainSchema(schema).properties ?? {})),
  seeds: fc.oneof(
    ...bodies.map(({ schema }, at) =>
      jsonSeeds(fromSchema(plainSchema(schema))).map((input) => String.fromCharCode(at) + input),
    ),
  ),
  open: stateless((input) => {
    const { check, name } = bodies[(input.charCodeAt(0) || 0) % bodies.length]!;
    const outcome = decode(() => check(parseJson(bytesOf(input.slice(1)))), ["invalid-request"]);
    if ("refused" in outcome) return;
    const again = check(parseJson(Buffer.from(JSON.stringify(outcome.value))));
    same(again, outcome.value, `the body of ${name} that was encoded and decoded again`);
  }),
};
