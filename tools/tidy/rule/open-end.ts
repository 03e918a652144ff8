import type { Rule } from "../rule.js";
import { matchingLines } from "../text-lines.js";

const marks = /\b(TODO|FIXME|XXX)\b/;

/** The rule and its test have to name what they look for. */
const exempt = /^package-lock\.json$|^tools\/tidy\/rule\/open-end\./;

/** What is left to do is in the issue tracker, not in the code. */
export const openEnd: Rule = {
  name: "open-end",
  promise: "no note of something left to do stands in a file",
  check: (tree) =>
    tree.paths
      .filter((path) => !exempt.test(path))
      .flatMap((path) =>
        matchingLines({ path, text: tree.text(path) }, marks, (mark) => `says ${mark}: do it, or open an issue`),
      ),
};
