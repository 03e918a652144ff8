import fc from "fast-check";
import { oneLine, safeLine } from "@capstan/cli/decoder";
import { xmlElement, xmlText } from "@capstan/engine/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { stateless, type Target } from "./target.js";

const escapes = fc.constantFrom(
  "\u001b[31m",
  "\u001b[0m",
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\u001b]8;;http://x\u001b\\",
  "\u001bc",
  "\u001b[",
  "\u009b2J",
  "\r",
  "\b",
  "\u202e",
);
// oxlint-disable-next-line no-control-regex
const colour = /\u001b\[[0-9;]*m/g;
const control = /(?!\t)\p{Cc}/u;
// oxlint-disable-next-line no-control-regex
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Text of tasks on its way to a terminal or a report: it moves no cursor, and breaks out of no element. */
export const terminalText: Target = {
  name: "terminal-text",
  kind: "text",
  seeds: textSeeds(fc.array(fc.oneof(escapes, anyText), { maxLength: 6 }).map((parts) => parts.join(""))),
  words: ["\u001b", "[2J", "\u0007", "]]>", "<!--", "&amp;", "\u009b", "\ufffe"].map((text) =>
    Buffer.from(text).toString("latin1"),
  ),
  open: stateless((input) => {
    const text = textOf(input);
    if (control.test(oneLine(text))) broken("a control character in one line", text, oneLine(text));
    if (control.test(safeLine(text, false))) broken("a control character without colours", text, safeLine(text, false));
    const coloured = safeLine(text, true);
    if (control.test(coloured.replace(colour, ""))) broken("a control character beside colours", text, coloured);
    if (coloured.includes("\u001b") && !coloured.endsWith("\u001b[0m")) broken("a colour that does not end", text);
    checkXml(xmlElement("a", { b: text }, xmlText(text)));
  }),
};

function checkXml(element: string): void {
  if (notXml.test(element)) broken("a character that XML does not have", element);
  const parts = /^<a b="([^"<]*)"(?:\/>|>([^<]*)<\/a>)$/s.exec(element);
  if (parts === null) broken("an element that is none", element);
  for (const part of [parts[1], parts[2] ?? ""])
    if (/&(?!(?:amp|lt|gt|quot|#10|#13|#9);)/.test(part!)) broken("a bare ampersand", element);
}
