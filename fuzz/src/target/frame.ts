import fc from "fast-check";
import { fromSchema } from "../generate/from-schema.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { decode } from "../invariant/refusal.js";
import { same } from "../invariant/same.js";
import { stateless, type Target } from "./target.js";

export interface FrameOptions {
  /** A union of messages. */
  readonly schema: unknown;
  readonly decodeFrame: (text: string) => unknown[];
}

/** Frames of one direction: refused as `protocol-violation`, or decoded to what encodes and decodes to the same again. */
export function frameTarget(name: string, { schema, decodeFrame }: FrameOptions): Target {
  const messages = plainSchema(schema).anyOf ?? [];
  const message = fc.oneof(...messages.map((one) => fromSchema(one)));
  return {
    name,
    kind: "frame",
    share: 3,
    seeds: jsonSeeds(fc.array(message, { minLength: 1, maxLength: 4 })),
    jsonAt: 0,
    words: messages.map(({ properties }) => `"type":"${String(properties?.["type"]?.const)}"`),
    open: stateless((input) => {
      const outcome = decode(() => decodeFrame(textOf(input)), ["protocol-violation"]);
      if ("refused" in outcome) return;
      same(decodeFrame(JSON.stringify(outcome.value)), outcome.value, "a frame that was encoded and decoded again");
    }),
  };
}
