import { strongComponents } from "../strong-components.js";
import type { Rule } from "../rule.js";

/** Modules do not import each other in a circle, types included; `import()` at run time breaks a circle. */
export const importCycle: Rule = {
  name: "import-cycle",
  promise: "no modules import each other in a circle",
  check: (tree) => {
    const graph = new Map(
      tree.modules.map((module) => [
        module.path,
        module.references
          .filter(({ kind, specifier }) => specifier.startsWith(".") && kind !== "dynamic" && kind !== "file")
          .flatMap(({ specifier }) => tree.resolve(module.path, specifier) ?? []),
      ]),
    );
    return strongComponents(graph)
      .filter((paths) => paths.length > 1 || graph.get(paths[0] ?? "")?.includes(paths[0] ?? "") === true)
      .map((paths) => paths.toSorted())
      .map(([path = "", ...others]) => ({
        path,
        message: others.length > 0 ? `is in an import cycle with ${others.join(", ")}` : "imports itself",
      }));
  },
};
