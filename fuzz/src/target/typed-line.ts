import { Readable } from "node:stream";
import fc from "fast-check";
import { readLines } from "@capstan/cli/decoder";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds, textSeeds } from "../generate/seeds.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { same } from "../invariant/same.js";
import { lineSeeds, pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";

/** Lines of standard input: the same whatever pieces they come in, with their numbers. */
export const typedLine: Target = {
  name: "typed-line",
  kind: "text",
  seeds: lineSeeds(fc.oneof(jsonSeeds(anyJson), textSeeds(anyText))),
  words: ["\n", "\r\n", "\r", " \n", "\xef\xbb\xbf"],
  open: stateless(async (input) => {
    const bytes = bytesOf(input);
    const [whole, cut] = await Promise.all([read([bytes]), read(pieces(bytes))]);
    same(cut, whole, "what comes in pieces");
    let last = 0;
    for (const { text, line } of whole) {
      if (line <= last) broken("lines without order", line, last);
      if (text.trim() === "" || text.includes("\n")) broken("a line that is none", text);
      last = line;
    }
  }),
};

async function read(parts: readonly Buffer[]): Promise<{ text: string; line: number }[]> {
  const lines = [];
  for await (const line of readLines(Readable.from(parts))) lines.push(line);
  return lines;
}
