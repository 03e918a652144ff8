import type { Function as FunctionNode, ArrowFunctionExpression, Node } from "oxc-parser";
import type { Rule } from "../rule.js";
import { type Ancestors, walk } from "../walk.js";

const linesMax = 70;

/** Functions are read whole. The body of a `describe` in a test is a list, not a function to be read. */
export const functionLength: Rule = {
  name: "function-length",
  promise: `no function has over ${linesMax} lines`,
  check: (tree) =>
    tree.modules.flatMap((module) => {
      const findings: { path: string; line: number; message: string }[] = [];
      walk(module.program, (node, ancestors) => {
        if (
          !isFunction(node) ||
          (module.isTest && (isGroup(ancestors.at(-1)) || module.path.includes("/conformance/")))
        )
          return;
        const line = module.lineAt(node.start);
        const count = module.lineAt(node.end) - line + 1;
        if (count <= linesMax) return;
        findings.push({
          path: module.path,
          line,
          message: `${nameOf(node, ancestors)} has ${count} lines, over ${linesMax}`,
        });
      });
      return findings;
    }),
};

function isFunction(node: Node): node is FunctionNode | ArrowFunctionExpression {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

function isGroup(parent: Node | undefined): boolean {
  if (parent?.type !== "CallExpression") return false;
  let { callee } = parent;
  while (callee.type !== "Identifier") {
    if (callee.type === "MemberExpression") callee = callee.object;
    else if (callee.type === "CallExpression") callee = callee.callee;
    else return false;
  }
  return callee.name === "describe";
}

function nameOf(node: FunctionNode | ArrowFunctionExpression, ancestors: Ancestors): string {
  if ("id" in node && node.id !== null) return node.id.name;
  const parent = ancestors.at(-1);
  if (parent?.type === "VariableDeclarator" && parent.id.type === "Identifier") return parent.id.name;
  const keyed =
    parent?.type === "MethodDefinition" || parent?.type === "Property" || parent?.type === "PropertyDefinition";
  return keyed && parent.key.type === "Identifier" ? parent.key.name : "a function";
}
