import { isBuiltin } from "node:module";
import type { Rule } from "../rule.js";

const folders = ["packages/protocol/src/", "packages/plugin/src/", "packages/client/src/"];

/** What also runs in a browser imports nothing of Node. */
export const portablePackage: Rule = {
  name: "portable-package",
  promise: "protocol, plugin and client import nothing of Node",
  check: (tree) =>
    tree.modules
      .filter(({ path, isTest }) => !isTest && folders.some((folder) => path.startsWith(folder)))
      .flatMap(({ path, references }) =>
        references
          .filter(({ specifier }) => isBuiltin(specifier))
          .map(({ specifier, line }) => ({
            path,
            line,
            message: `imports ${specifier}, which a browser does not have`,
          })),
      ),
};
