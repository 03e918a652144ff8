import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";
import type { SourceModule } from "../source-module.js";
import { walk } from "../walk.js";

/** Words that the glossary replaces, and what to say instead. */
const bannedWords = new Map([
  ["attempt", "trial"],
  ["slave", "worker"],
]);

/** One word a thing: see docs/glossary.md. */
export const vocabulary: Rule = {
  name: "vocabulary",
  promise: "names use the words of the glossary",
  check: (tree) => [...tree.paths.flatMap(inPath), ...tree.modules.flatMap(inIdentifiers)],
};

function inPath(path: string): Finding[] {
  return replacements(path).map((message) => ({ path, message: `is named with ${message}` }));
}

function inIdentifiers(module: SourceModule): Finding[] {
  const found = new Map<string, number>();
  walk(module.program, (node) => {
    if (node.type !== "Identifier" && node.type !== "PrivateIdentifier") return;
    if (!found.has(node.name)) found.set(node.name, node.start);
  });
  return [...found].flatMap(([name, start]) =>
    replacements(name).map((message) => ({
      path: module.path,
      line: module.lineAt(start),
      message: `${name} uses ${message}`,
    })),
  );
}

function replacements(name: string): string[] {
  return words(name).flatMap((word) => {
    const better = bannedWords.get(word) ?? bannedWords.get(word.replace(/(s|ed)$/, ""));
    return better === undefined ? [] : [`the word ${word}: say ${better}`];
  });
}

function words(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z]+/)
    .map((word) => word.toLowerCase());
}
