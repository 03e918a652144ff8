import type { Rule } from "../rule.js";

/** Tools and user code that are loaded by path must say `export default`; nothing else does. */
const exempt = [/\.config\.ts$/, /^examples\//, /(^|\/)fixture\//];

/** One name a thing, the same wherever it is imported. */
export const defaultExport: Rule = {
  name: "default-export",
  promise: "nothing is exported as default",
  check: (tree) =>
    tree.modules
      .filter(({ path }) => !exempt.some((pattern) => pattern.test(path)))
      .flatMap((module) =>
        module.program.body
          .filter(
            (node) =>
              node.type === "ExportDefaultDeclaration" ||
              (node.type === "ExportNamedDeclaration" && node.specifiers.some(({ exported }) => isDefault(exported))),
          )
          .map((node) => ({
            path: module.path,
            line: module.lineAt(node.start),
            message: "exports a default: give it a name",
          })),
      ),
};

function isDefault(name: { readonly type: string; readonly name?: string; readonly value?: unknown }): boolean {
  return (name.type === "Literal" ? name.value : name.name) === "default";
}
