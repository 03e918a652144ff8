import { isAbsolute, relative, sep } from "node:path";
import { listFiles } from "@capstan/workspace";
import picomatch from "picomatch";

/**
 * The files of a tree that fit one of the patterns, as paths from its root with slashes, sorted. A pattern is a path from
 * the root, or a glob of them. In a git work tree the files that git tracks or does not ignore, elsewhere all; never those
 * in node_modules.
 * @throws CapstanError as `listFiles` does.
 */
export async function findFiles(root: string, patterns: readonly string[]): Promise<string[]> {
  const wanted = patterns.map((pattern) => fromRoot(root, pattern));
  // A file may be called as a glob is written, such as [id].test.ts: a shell hands over its very name.
  const names = new Set(wanted);
  const fits = picomatch(wanted, { dot: false });
  return listFiles(root, { exclude: ["**/node_modules"], takes: (file) => names.has(file) || fits(file) });
}

function fromRoot(root: string, pattern: string): string {
  const path = isAbsolute(pattern) ? relative(root, pattern).split(sep).join("/") : pattern;
  return path.replace(/^(\.\/)+/, "");
}
