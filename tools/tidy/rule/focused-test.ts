import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import { walk } from "../walk.js";

const suites = new Set(["it", "test", "describe"]);
const marks = new Set(["only", "skip", "todo"]);

/** A test runs, or a condition (`skipIf`, `runIf`) says why it cannot here. */
export const focusedTest: Rule = {
  name: "focused-test",
  promise: "no test is focused, skipped or left for later",
  check: (tree) =>
    tree.modules
      .filter(({ isTest }) => isTest)
      .flatMap((module) => {
        const findings: Finding[] = [];
        walk(module.program, (node) => {
          if (
            node.type !== "MemberExpression" ||
            node.object.type !== "Identifier" ||
            node.property.type !== "Identifier"
          )
            return;
          const { object, property } = node;
          if (!suites.has(object.name) || !marks.has(property.name)) return;
          const line = module.lineAt(node.start);
          findings.push({
            path: module.path,
            line,
            message: `has ${object.name}.${property.name}: let it run, or remove it`,
          });
        });
        return findings;
      }),
};
