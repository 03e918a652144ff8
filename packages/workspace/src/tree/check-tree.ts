import { CapstanError, excerpt, makeCheck, Tree, type Check } from "@capstan/protocol";
import { checkLinks } from "./link-safety.js";
import { parentsOf, treePathFault } from "./tree-path.js";

let checkSchema: Check<Tree> | undefined;

/**
 * A tree that came from outside, checked in full: its form, and everything that `checkTree` checks.
 * @throws CapstanError `invalid-tree`, `unsafe-link`.
 */
export function parseTree(value: unknown): Tree {
  checkSchema ??= makeCheck(Tree, "the tree", "invalid-tree");
  const tree = checkSchema(value);
  checkTree(tree);
  return tree;
}

/**
 * Checks that a tree can be written into a folder, and only there: every path beneath the root, lists sorted and without
 * repetition, nothing beneath a file, a link or an empty directory, no link that leads out, one size a digest.
 * @throws CapstanError `invalid-tree`, `unsafe-link`, naming the path.
 */
export function checkTree(tree: Tree): void {
  const leaves = new Set<string>();
  const lists = [tree.files.map(({ path }) => path), tree.links.map(({ path }) => path), tree.directories];
  for (const paths of lists) checkList(paths, leaves);
  checkParents(leaves);
  checkSizes(tree);
  checkLinks(tree.links);
}

function checkList(paths: readonly string[], leaves: Set<string>): void {
  let before = "";
  for (const path of paths) {
    const fault = treePathFault(path);
    if (fault !== undefined) throw invalid(path, fault);
    if (leaves.has(path)) throw invalid(path, "it stands twice in the tree");
    if (path < before) throw invalid(path, "it is not in order: each list is sorted by path");
    leaves.add(path);
    before = path;
  }
}

function checkParents(leaves: ReadonlySet<string>): void {
  const sound = new Set<string>();
  for (const path of leaves) {
    for (const parent of parentsOf(path)) {
      if (sound.has(parent)) continue;
      if (leaves.has(parent)) {
        throw invalid(path, `${JSON.stringify(excerpt(parent))} above it is a file, a link or an empty directory`);
      }
      sound.add(parent);
    }
  }
}

function checkSizes({ files }: Tree): void {
  const sizes = new Map<string, number>();
  for (const { path, digest, bytes } of files) {
    const known = sizes.get(digest);
    if (known !== undefined && known !== bytes) throw invalid(path, "another file of its digest has another size");
    sizes.set(digest, bytes);
  }
}

function invalid(path: string, fault: string): CapstanError {
  return new CapstanError(
    "invalid-tree",
    `the tree's path ${JSON.stringify(excerpt(path))} cannot be taken: ${fault}`,
    {
      details: { path: excerpt(path) },
    },
  );
}
