import type { Node } from "oxc-parser";
import { isBuiltin } from "node:module";
import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import type { SourceModule } from "../source-module.js";
import { type Ancestors, walk } from "../walk.js";

const folder = "packages/core/src/";

/** Globals through which time, chance, I/O or another turn of the event loop come in. */
const bannedGlobals = new Set([
  "Promise",
  "Date",
  "Temporal",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "console",
  "performance",
  "crypto",
  "fetch",
  "globalThis",
]);

/** Decisions are pure: state, event and now go in, and nothing else does. */
export const corePurity: Rule = {
  name: "core-purity",
  promise: "core has no I/O, no clock, no chance and no waiting",
  check: (tree) =>
    tree.modules
      .filter(({ path, isTest }) => path.startsWith(folder) && !isTest)
      .flatMap((module) => [...bannedImports(module), ...bannedSyntax(module)]),
};

function bannedImports({ path, references }: SourceModule): Finding[] {
  return references
    .filter(({ specifier, kind }) => isBuiltin(specifier) || kind === "dynamic" || kind === "file")
    .map(({ specifier, line }) => ({ path, line, message: `imports ${specifier}: core has no I/O` }));
}

function bannedSyntax(module: SourceModule): Finding[] {
  const findings: Finding[] = [];
  walk(module.program, (node, ancestors) => {
    const what = bannedThing(node, ancestors);
    if (what === undefined) return;
    findings.push({
      path: module.path,
      line: module.lineAt(node.start),
      message: `uses ${what}: core is given what it needs`,
    });
  });
  return findings;
}

function bannedThing(node: Node, ancestors: Ancestors): string | undefined {
  switch (node.type) {
    case "AwaitExpression":
      return "await";
    case "ForOfStatement":
      return node.await ? "for await" : undefined;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return node.async ? "async" : undefined;
    case "MemberExpression":
      return isNamed(node.object, "Math") && isNamed(node.property, "random") ? "Math.random" : undefined;
    case "Identifier":
      return bannedGlobals.has(node.name) && !isPropertyName(node, ancestors.at(-1)) ? node.name : undefined;
    default:
      return undefined;
  }
}

function isNamed(node: Node, name: string): boolean {
  return (node.type === "Identifier" && node.name === name) || (node.type === "Literal" && node.value === name);
}

/** Whether the identifier is the name of a property (`x.process`, `{ process: 1 }`), not a reference to a variable. */
function isPropertyName(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (parent.type === "Property") return parent.key === node && !parent.computed;
  const keyed =
    parent.type === "PropertyDefinition" ||
    parent.type === "MethodDefinition" ||
    parent.type === "TSPropertySignature" ||
    parent.type === "TSMethodSignature";
  return keyed && parent.key === node && !parent.computed;
}
