import type { Rule } from "../rule.js";
import type { SourceModule } from "../source-module.js";
import { strongComponents } from "../strong-components.js";

/** The live state of core is a graph of objects that refer to each other, so its types do too. */
const liveState = "packages/core/src/";

/** Modules do not import each other in a circle, types included; `import()` at run time breaks a circle. */
export const importCycle: Rule = {
  name: "import-cycle",
  promise: "no modules import each other in a circle",
  check: (tree) => {
    const graph = new Map(
      tree.modules.map((module) => [
        module.path,
        specifiers(module).flatMap((specifier) => tree.resolve(module.path, specifier) ?? []),
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

function specifiers({ path, references }: SourceModule): string[] {
  return references
    .filter(({ kind }) => kind === "static" || (kind === "type" && !path.startsWith(liveState)))
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("."));
}
