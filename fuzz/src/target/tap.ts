import fc from "fast-check";
import { TapReader } from "@capstan/adapter/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { checkOutcome } from "./file-outcome.js";
import { stateless, type Target } from "./target.js";

const line = fc
  .tuple(
    fc.constantFrom("", "", "    ", "        ", "  "),
    fc.constantFrom(
      "ok 1 - ",
      "not ok 2 ",
      "1..2",
      "# ",
      "---",
      "...",
      "Bail out!",
      "duration_ms: 1",
      "}",
      "TAP version 14",
    ),
    anyText,
    fc.constantFrom("", " # SKIP", " # ToDo x", " {"),
  )
  .map((parts) => parts.join(""));

/** TAP: no test is told of that no line begins with, and what comes of it is a report. */
export const tap: Target = {
  name: "tap",
  kind: "text",
  seeds: textSeeds(fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n"))),
  words: ["ok", "not ok", "1..1", "    ", "# SKIP", "# ToDo", " {", "\n}", "  ---\n", "  ...\n", "Bail out!"],
  open: stateless((input) => {
    const lines = textOf(input).split("\n");
    const reader = new TapReader();
    for (const one of lines) reader.take(one);
    const { examples } = checkOutcome(reader.outcome());
    const points = lines.filter((one) => /^\s*(not )?ok\b/.test(one)).length;
    if (examples.length > points) broken("more tests than lines that tell of one", examples.length, points);
  }),
};
