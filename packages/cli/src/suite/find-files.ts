import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import picomatch from "picomatch";

const listBytesMax = 256 * 1024 * 1024;
const never = new Set([".git", "node_modules"]);

/**
 * The files of a tree that fit one of the patterns, as paths from its root with slashes, sorted. A pattern is a path from
 * the root, or a glob of them. In a git work tree the files that git tracks or does not ignore; elsewhere all but those in
 * node_modules.
 */
export async function findFiles(root: string, patterns: readonly string[]): Promise<string[]> {
  const wanted = patterns.map((pattern) => fromRoot(root, pattern));
  // A file may be called as a glob is written, such as [id].test.ts: a shell hands over its very name.
  const names = new Set(wanted);
  const fits = picomatch(wanted, { dot: false });
  const files = (await trackedFiles(root)) ?? (await allFiles(root, root));
  return files.filter((file) => names.has(file) || fits(file)).toSorted();
}

function fromRoot(root: string, pattern: string): string {
  const path = isAbsolute(pattern) ? relative(root, pattern).split(sep).join("/") : pattern;
  return path.replace(/^(\.\/)+/, "");
}

async function trackedFiles(root: string): Promise<string[] | undefined> {
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  try {
    const run = promisify(execFile);
    const { stdout } = await run("git", listing, { cwd: root, maxBuffer: listBytesMax });
    const deleted = await run("git", ["ls-files", "-z", "--deleted"], { cwd: root, maxBuffer: listBytesMax });
    const gone = new Set(deleted.stdout.split("\0"));
    return [...new Set(stdout.split("\0"))].filter((file) => file !== "" && !gone.has(file));
  } catch {
    return undefined;
  }
}

async function allFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return never.has(entry.name) ? [] : allFiles(root, path);
      return entry.isFile() ? [relative(root, path).split(sep).join("/")] : [];
    }),
  );
  return nested.flat();
}
