import fc from "fast-check";
import { SseParser, type SseMessage } from "@capstan/client/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { same } from "../invariant/same.js";
import { stateless, type Target } from "./target.js";

const field = fc
  .tuple(fc.constantFrom("id: ", "event: ", "data: ", "data:", ": ", "retry: ", "data", ""), anyText)
  .map((parts) => parts.join(""));
const lineEnd = fc.constantFrom("\n", "\n", "\n\n", "\r\n", "\r", "\r\n\r\n");

/** Ends whatever line and message there is. */
const end = "\n\n\n";

/** Server-sent events: what comes does not depend on the pieces that it comes in, and nothing is in it that was not sent. */
export const sse: Target = {
  name: "sse",
  kind: "frame",
  share: 3,
  seeds: textSeeds(fc.array(fc.tuple(field, lineEnd), { maxLength: 8 }).map((lines) => lines.flat().join(""))),
  words: ["id: ", "event: problem", "data: {}", "\n\n", "\r\n\r\n", ":", "\r"],
  open: stateless((input) => {
    const text = textOf(input);
    const parser = new SseParser();
    const whole = [...parser.push(text), ...parser.push(end)];
    same(inPieces(text), whole, "what comes in pieces");
    for (const { id, data = "", event } of whole) {
      if (/[\r\n]/.test(id ?? "") || /[\r\n]/.test(event) || data.includes("\r"))
        broken("a field holds a line break", id, event, data);
      if (!data.split("\n").every((line) => text.includes(line))) broken("data that never came", data);
    }
  }),
};

function inPieces(text: string): SseMessage[] {
  const parser = new SseParser();
  const messages: SseMessage[] = [];
  for (let at = 0; at < text.length;) {
    const next = at + 1 + (text.charCodeAt(at) % 5);
    messages.push(...parser.push(text.slice(at, next)));
    at = next;
  }
  return [...messages, ...parser.push(end)];
}
