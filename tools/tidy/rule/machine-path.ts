import type { Rule } from "../rule.js";
import { matchingLines } from "../text-lines.js";

const pattern = /(?<![\w.\-/}*)])\/(home|Users|root|work)\/[\w.-]+|\b[A-Z]:\\\\?Users\b/;

/** What stands in the repository is true on every machine. */
export const machinePath: Rule = {
  name: "machine-path",
  promise: "no path of one machine stands in a file",
  check: (tree) =>
    tree.paths.flatMap((path) =>
      matchingLines({ path, text: tree.text(path) }, pattern, (found) => `names ${found}, a path of one machine`),
    ),
};
