import { posix } from "node:path";
import type { Rule } from "../rule.js";
import type { SourceTree } from "../source-tree.js";
import { type Manifest, manifestOf, type Project, projects } from "../workspace.js";

/** Every file is reached from an entry of its package, a test, a script, or the entry of a thread or child process. */
export const deadFile: Rule = {
  name: "dead-file",
  promise: "every source file is reached from an entry, a script or a test",
  check: (tree) => {
    const all = projects(tree);
    const live = reachable(tree, roots(tree, all));
    return tree.modules
      .filter(({ path }) => all.some(({ folder }) => path.startsWith(`${folder}/`)) && !live.has(path))
      .map(({ path }) => ({ path, message: "is reached from no entry, script or test" }));
  },
};

function roots(tree: SourceTree, all: readonly Project[]): string[] {
  const tests = tree.modules
    .filter(({ isTestEntry, path }) => isTestEntry || path.endsWith(".config.ts"))
    .map(({ path }) => path);
  const manifests = [{ folder: "", manifest: manifestOf(tree, "") }, ...all];
  const outputs = manifests.flatMap(({ folder, manifest }) =>
    entryOutputs(manifest).map((path) => posix.join(folder, path)),
  );
  return [...tests, ...outputs.flatMap((output) => sourceOf(tree, output) ?? [])];
}

/** The compiled files that a manifest names: in `exports`, `imports`, `main`, `bin` and in the commands of its scripts. */
function entryOutputs({ exports, imports, main, bin, scripts = {} }: Manifest): string[] {
  const commands = Object.values(scripts).flatMap((command) => command.split(/\s+/));
  return [exports, imports, main, bin]
    .flatMap(strings)
    .concat(commands)
    .filter((word) => /\.[cm]?js$/.test(word));
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

function sourceOf(tree: SourceTree, output: string): string | undefined {
  const stem = output.replace(/\.js$/, "");
  const stems = [stem.replace(/(^|\/)dist\//, "$1src/"), stem.replace(/(^|\/)dist\//, "$1"), stem];
  return stems.flatMap((each) => [`${each}.ts`, `${each}.tsx`]).find((path) => tree.has(path));
}

function reachable(tree: SourceTree, start: readonly string[]): Set<string> {
  const live = new Set(start);
  for (const path of live)
    for (const { specifier } of tree.module(path).references) {
      const target = specifier.startsWith(".") ? tree.resolve(path, specifier) : undefined;
      if (target !== undefined) live.add(target);
    }
  return live;
}
