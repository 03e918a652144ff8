import { posix } from "node:path";
import type { Rule } from "../rule.js";
import { projectOf, projects } from "../workspace.js";

/** Projects meet through package names, so that what a package shows is what its entry exports. */
export const relativeImport: Rule = {
  name: "relative-import",
  promise: "no relative import leaves its package",
  check: (tree) => {
    const all = projects(tree);
    return tree.modules.flatMap(({ path, references }) => {
      const folder = projectOf(all, path)?.folder;
      if (folder === undefined) return [];
      return references
        .filter(({ specifier, kind }) => kind !== "file" && specifier.startsWith("."))
        .filter(({ specifier }) => !posix.join(posix.dirname(path), specifier).startsWith(`${folder}/`))
        .map(({ specifier, line }) => ({
          path,
          line,
          message: `imports ${specifier}, outside of ${folder}: use the package's name`,
        }));
    });
  },
};
