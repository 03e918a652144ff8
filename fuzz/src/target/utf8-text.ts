import fc from "fast-check";
import { Utf8Text, headBytes, tailStart } from "@capstan/worker/decoder";
import { completeLength } from "@capstan/client/decoder";
import { anyBytes, textSeeds } from "../generate/seeds.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";

/** Output of programs, cut anywhere: valid UTF-8 in whole characters, and the same whatever pieces it comes in. */
export const utf8Text: Target = {
  name: "utf8-text",
  kind: "text",
  seeds: fc.oneof(textSeeds(fc.string({ unit: "binary" })), anyBytes),
  words: ["\xf0\x9f\x98\x80", "\xe2\x82\xac", "\xc3\xa9", "\xf4\x90", "\xe0\x80", "\xf0\x80\x80"],
  open: stateless((input) => {
    const bytes = bytesOf(input);
    const expected = bytes.toString("utf8");
    const text = new Utf8Text();
    const parts = [...pieces(bytes).map((piece) => text.push(piece)), text.end()];
    const actual = parts.map((part) => part.toString("utf8")).join("");
    if (actual !== expected) broken("output that comes in pieces is another", actual, expected);
    checkCuts(Buffer.from(expected));
    const whole = completeLength(bytes);
    if (bytes.length - whole > 3) broken("more than a character is left for later", whole);
  }),
};

function checkCuts(text: Buffer): void {
  const bytesMax = text.length >> 1;
  const head = headBytes(text, bytesMax);
  const tail = tailStart(text, bytesMax);
  if (head > bytesMax || text.length - tail > bytesMax) broken("a cut is longer than it may be");
  for (const part of [text.subarray(0, head), text.subarray(tail)]) {
    if (!Buffer.from(part.toString("utf8")).equals(part)) broken("a cut goes through a character");
  }
}
