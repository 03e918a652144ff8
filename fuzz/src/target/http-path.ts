import fc from "fast-check";
import { checkParameters, isNamespace, plainLaunchOf } from "@capstan/engine/decoder";
import { idPrefixes, isId, routePath, routes, type RouteName } from "@capstan/protocol";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const kinds = ["task", "taskset", "trial", "plugin", "revision", "worker", "digest", "nothing"] as const;
const body = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{22}$/);
const prefix = fc.constantFrom(...Object.values(idPrefixes), "trial_", "sha256:", "rev_");
const parameter = fc.oneof(
  fc.tuple(prefix, body).map((parts) => parts.join("")),
  body.map((text) => `trial_${text}_1`),
  fc.constant(`sha256:${"0".repeat(64)}`),
  anyText,
);
const names = Object.keys(routes) as RouteName[];
const paths = fc
  .tuple(fc.constantFrom(...names), parameter, fc.oneof(fc.constant("default"), anyText))
  .map(([name, text, namespace]) =>
    routePath(name, Object.fromEntries(kinds.map((kind) => [kind, wellFormed(text)])), wellFormed(namespace)),
  );

/** Paths and what stands in them: parameters are ids of their kind, or refused. */
export const httpPath: Target = {
  name: "http-path",
  kind: "text",
  seeds: textSeeds(parameter, paths),
  words: [...kinds, ...Object.values(idPrefixes), "/v1/namespaces/", "/tasks"],
  open: stateless((input) => {
    const text = textOf(input);
    for (const kind of kinds) checkKind(kind, text);
    const namespace = plainLaunchOf("POST", text, { "content-type": "application/json" });
    if (namespace !== undefined && !isNamespace(namespace))
      broken("something else was taken for a namespace", namespace);
    if (isNamespace(text) && encodeURIComponent(text) !== text) broken("a namespace is not as it is in a path", text);
  }),
};

function checkKind(kind: (typeof kinds)[number], text: string): void {
  const outcome = decode(() => checkParameters({ [kind]: text }), ["invalid-id", "invalid-request"]);
  const isTaken = "value" in outcome;
  if ((kind === "task" || kind === "taskset") && isTaken !== isId(kind, text))
    broken(`isId and the path differ on a ${kind}`, text);
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString("utf8");
}
