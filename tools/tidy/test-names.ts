import type { Node } from "oxc-parser";
import type { SourceModule } from "./source-module.js";
import { walk } from "./walk.js";

/** The names of all tests and groups of a test file, as written in `it("…")`, `describe.each(…)("…")` and the like. */
export function testNames(module: SourceModule): Set<string> {
  const names = new Set<string>();
  walk(module.program, (node) => {
    if (node.type !== "CallExpression" || !isSuite(node.callee)) return;
    const name = textOf(node.arguments[0]);
    if (name !== undefined) names.add(name);
  });
  return names;
}

function isSuite(callee: Node): boolean {
  if (callee.type === "Identifier") return ["it", "test", "describe"].includes(callee.name);
  if (callee.type === "MemberExpression") return isSuite(callee.object);
  return (
    (callee.type === "CallExpression" && isSuite(callee.callee)) ||
    (callee.type === "TaggedTemplateExpression" && isSuite(callee.tag))
  );
}

function textOf(node: Node | undefined): string | undefined {
  if (node?.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node?.type !== "TemplateLiteral") return undefined;
  return node.quasis.map(({ value }) => value.raw).join("…");
}
