import { parseJson } from "@capstan/engine/decoder";
import { limits } from "@capstan/protocol";
import { jsonSeeds } from "../generate/seeds.js";
import { anyJson } from "../generate/hostile.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { same } from "../invariant/same.js";
import { stateless, type Target } from "./target.js";

/** JSON of bodies: what the platform reads, to a depth that no walk over it can exhaust the stack. */
export const jsonText: Target = {
  name: "json-text",
  kind: "body",
  share: 3,
  jsonAt: 0,
  words: ['\\"', "\\\\", "[[[[[[[[", "]]]]]]]]", '{"a":'],
  seeds: jsonSeeds(anyJson),
  open: stateless((input) => {
    const bytes = bytesOf(input);
    const outcome = decode(() => parseJson(bytes), ["invalid-request"]);
    if ("value" in outcome) {
      const depth = depthOf(outcome.value);
      if (depth > limits.jsonDepthMax) broken("a value was taken that is too deep", depth);
      return same(
        parseJson(Buffer.from(JSON.stringify(outcome.value))),
        outcome.value,
        "JSON that was written and read again",
      );
    }
    if (isTakeable(bytes)) broken("JSON was refused", outcome.refused.message);
  }),
};

function isTakeable(bytes: Buffer): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return depthOf(JSON.parse(text)) <= limits.jsonDepthMax;
  } catch {
    return false;
  }
}

/** Without recursion: what is measured may be too deep for it. */
function depthOf(root: unknown): number {
  let depth = 0;
  let level: unknown[] = [root];
  while (level.length > 0) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? [value] : []));
    if (level.length === 0) return depth;
    depth += 1;
    level = level.flatMap((value) => Object.values(value as object) as unknown[]);
  }
  return depth;
}
