import { isUtf8 } from "node:buffer";
import { LineDecoder, type NumberedLine } from "@capstan/engine/decoder";
import { anyBytes, jsonSeeds } from "../generate/seeds.js";
import { anyJson } from "../generate/hostile.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { same } from "../invariant/same.js";
import { lineSeeds, pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";
import fc from "fast-check";

const lineBytesMax = 512;

/** Lines of a streamed launch: the same whatever pieces they come in, and those that splitting at line feeds gives. */
export const lineDecoder: Target = {
  name: "line-decoder",
  kind: "body",
  share: 3,
  seeds: lineSeeds(fc.oneof(jsonSeeds(anyJson), anyBytes)),
  words: ["\n", "\r\n", "\n\n\n"],
  open: stateless((input) => {
    const bytes = bytesOf(input);
    const whole = decode(() => read([bytes]), ["invalid-stream", "too-large"]);
    const cut = decode(() => read(pieces(bytes)), ["invalid-stream", "too-large"]);
    if ("refused" in whole || "refused" in cut) {
      if ("value" in whole || "value" in cut) broken("it depends on the pieces whether a stream is refused");
      if (isTakeable(bytes)) broken("lines were refused", whole);
      return;
    }
    same(cut.value, whole.value, "what comes in pieces");
    const expected = bytes
      .toString("utf8")
      .split("\n")
      .map((text, at) => ({ number: at + 1, text: text.trim() }))
      .filter(({ text }) => text !== "");
    same(whole.value, expected, "what comes at once");
  }),
};

function read(parts: readonly Buffer[]): NumberedLine[] {
  const decoder = new LineDecoder(lineBytesMax);
  const lines = parts.flatMap((part) => [...decoder.push(part)]);
  return [...lines, ...decoder.end()];
}

function isTakeable(bytes: Buffer): boolean {
  let start = 0;
  for (let end = bytes.indexOf(10); start <= bytes.length; end = bytes.indexOf(10, start)) {
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (line.length > lineBytesMax || !isUtf8(line)) return false;
    if (end === -1) return true;
    start = end + 1;
  }
  return true;
}
