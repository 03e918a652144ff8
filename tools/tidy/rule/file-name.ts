import { posix } from "node:path";
import type { Finding } from "../finding.js";
import type { Rule } from "../rule.js";

const vagueNames = /^(utils?|helpers?|types?|misc|common|shared)$|(^|-)managers?(-|$)/;
const syntaxFolders = new Set(["classes", "interfaces", "utils", "util", "helpers", "types", "common", "misc"]);
const kebabCase = /^[a-z\d]+(-[a-z\d]+)*$/;

/** Files are named after the one thing that they export, folders after the nouns of the domain. */
export const fileName: Rule = {
  name: "file-name",
  promise: "files and folders are named after what is in them",
  check: (tree) => tree.modules.flatMap(({ path }) => [...vagueFile(path), ...vagueFolders(path)]),
};

function vagueFile(path: string): Finding[] {
  const stem = posix.basename(path).replace(/(\.(test|test\.support|test-d|config|d))?\.tsx?$/, "");
  if (vagueNames.test(stem)) return [{ path, message: `is called ${stem}: name it after the thing that it exports` }];
  return kebabCase.test(stem) ? [] : [{ path, message: `is called ${stem}: write it in kebab-case` }];
}

function vagueFolders(path: string): Finding[] {
  return posix
    .dirname(path)
    .split("/")
    .filter((folder) => syntaxFolders.has(folder))
    .map((folder) => ({ path, message: `is in a folder ${folder}: name the folder after its subject` }));
}
