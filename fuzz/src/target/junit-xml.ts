import fc from "fast-check";
import { JunitReader, type FileOutcome } from "@capstan/adapter/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { same } from "../invariant/same.js";
import { checkOutcome } from "./file-outcome.js";
import { stateless, type Target } from "./target.js";

const text = anyText.map((raw) => raw.replaceAll(/[<>&"]/g, ""));
const verdict = fc.oneof(
  fc.constant(""),
  fc
    .tuple(fc.constantFrom("failure", "error", "skipped", "system-out"), text, text)
    .map(([name, message, inner]) => `<${name} message="${message}">${inner}</${name}>`),
);
const testcase = fc
  .tuple(text, text, fc.constantFrom("0.1", "1,000", "-1", "x"), verdict)
  .map(
    ([name, group, time, inner]) => `<testcase name="${name}" classname="${group}" time="${time}">${inner}</testcase>`,
  );

/** JUnit XML: refused, or examples whose messages and names are in it; the pieces that it comes in make no difference. */
export const junitXml: Target = {
  name: "junit-xml",
  kind: "text",
  seeds: textSeeds(
    fc
      .array(testcase, { maxLength: 5 })
      .map((cases) => `<testsuites><testsuite>${cases.join("")}</testsuite></testsuites>`),
  ),
  words: [
    "<testcase",
    "</testcase>",
    "<failure>",
    "<skipped/>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#x41;",
    "<!DOCTYPE a [",
    "<!ENTITY e 'x'>",
    "&e;",
    "<!--",
    "<?xml ",
  ],
  open: stateless((input) => {
    const document = textOf(input);
    const whole = read([document]);
    same(read(pieces(document)), whole, "what comes in pieces");
    const cases = document.split("<testcase").length - 1;
    if (whole !== undefined && checkOutcome(whole).examples.length > cases)
      broken("more examples than test cases", whole.examples.length, cases);
  }),
};

function read(parts: readonly string[]): FileOutcome | undefined {
  const reader = new JunitReader();
  try {
    for (const part of parts) reader.push(part);
    return reader.outcome();
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof RangeError) throw thrown;
    return undefined;
  }
}

function pieces(document: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < document.length;) {
    const next = at + 1 + (document.charCodeAt(at) % 5);
    parts.push(document.slice(at, next));
    at = next;
  }
  return parts;
}
