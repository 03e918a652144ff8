import type { Rule } from "../rule.js";

/** Libraries of hundreds of modules, and where each comes in: the build makes that module one file (`tools/output`). */
const doors: Readonly<Record<string, string>> = { typebox: "packages/protocol/src/schema/typebox.ts" };

/** Loaded anywhere else, a library of hundreds of modules would make every start slow again. */
export const libraryDoor: Rule = {
  name: "library-door",
  promise: "a library of hundreds of modules is loaded through its door alone",
  check: (tree) =>
    tree.modules
      .filter(({ path, isTest }) => path.startsWith("packages/") && !isTest)
      .flatMap(({ path, references }) =>
        references.flatMap(({ specifier, kind, line }) => {
          const door = doors[specifier.split("/")[0] ?? ""];
          if (door === undefined || door === path || kind === "type") return [];
          return [{ path, line, message: `loads ${specifier}: import it from ${door}` }];
        }),
      ),
};
