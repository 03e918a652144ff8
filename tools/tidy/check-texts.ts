import { findingText } from "./finding.js";
import type { Rule } from "./rule.js";
import { SourceTree } from "./source-tree.js";

/** What a rule finds in a tree made of the given texts, for the tests of rules. */
export function checkTexts(rule: Rule, texts: Readonly<Record<string, string>>): string[] {
  return rule.check(SourceTree.of(texts)).map(findingText);
}
