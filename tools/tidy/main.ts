import { repositoryRoot } from "../repository.js";
import { findingText } from "./finding.js";
import { rules } from "./registry.js";
import { SourceTree } from "./source-tree.js";

// Prints what breaks a rule, rule by rule. With names of rules as arguments only those.
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => rules.every((rule) => rule.name !== name));
if (unknown.length > 0) {
  console.error(`No rule ${unknown.join(", ")}. Rules: ${rules.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const tree = SourceTree.read(repositoryRoot());
for (const rule of rules.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const findings = rule.check(tree);
  if (findings.length === 0) continue;
  process.exitCode = 1;
  console.log(`${rule.name}: ${rule.promise}`);
  for (const finding of findings) console.log(`  ${findingText(finding)}`);
}
