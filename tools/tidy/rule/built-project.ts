import type { Rule } from "../rule.js";
import { projects } from "../workspace.js";

/** A project that the root does not build is neither compiled nor tested. */
export const builtProject: Rule = {
  name: "built-project",
  promise: "the root tsconfig.json builds every project",
  check: (tree) => {
    const { references = [] } = (tree.json("tsconfig.json") ?? {}) as { references?: { path: string }[] };
    const built = new Set(references.map(({ path }) => path));
    return projects(tree)
      .filter(({ folder }) => !built.has(folder) && !/(^|\/)fixture(\/|$)/.test(folder))
      .map(({ folder }) => ({
        path: `${folder}/tsconfig.json`,
        message: "is not among the references of the root tsconfig.json",
      }));
  },
};
