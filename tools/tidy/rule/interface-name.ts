import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import { walk } from "../walk.js";

/** An interface is named like any other thing; an implementation says what is special about it. */
export const interfaceName: Rule = {
  name: "interface-name",
  promise: "no interface is named with an I before it",
  check: (tree) =>
    tree.modules.flatMap((module) => {
      const findings: Finding[] = [];
      walk(module.program, (node) => {
        if (node.type !== "TSInterfaceDeclaration" || !/^I[A-Z][a-z]/.test(node.id.name)) return;
        findings.push({
          path: module.path,
          line: module.lineAt(node.start),
          message: `${node.id.name}: leave the I out`,
        });
      });
      return findings;
    }),
};
