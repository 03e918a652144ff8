import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { TreeLink } from "@capstan/protocol";
import { forEachBounded } from "../bounded.js";
import { isMissing } from "../errno.js";
import { comparePaths, parentsOf } from "../tree/tree-path.js";
import { isExecutable } from "./file-reader.js";
import { fileStatOf, type FileStat } from "./file-stat.js";
import { refuseGarbled, unsupportedFile } from "./unsupported-file.js";

export interface ScannedFile {
  readonly path: string;
  readonly stat: FileStat;
  readonly isExecutable: boolean;
}

/** What stands at the paths of a listing. What is gone by now, or beneath a link, is in no list. */
export interface Scan {
  readonly files: ScannedFile[];
  readonly links: TreeLink[];
  /** Sockets, pipes and devices. */
  readonly special: string[];
}

const looksAtOnce = 32;

/**
 * Looks at every path, and follows nothing.
 * @throws CapstanError `unsupported-file` when a name is not valid UTF-8.
 */
export async function scanEntries(root: string, paths: Iterable<string>): Promise<Scan> {
  const scan: Scan = { files: [], links: [], special: [] };
  const folders = new RealFolders(root);
  await forEachBounded(paths, looksAtOnce, async (path) => {
    try {
      if (await folders.hasParents(path)) await scanEntry(root, path, scan);
      else refuseGarbled(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      refuseGarbled(path);
    }
  });
  // In order, so that of several faults always the same is told.
  scan.files.sort((left, right) => comparePaths(left.path, right.path));
  scan.links.sort((left, right) => comparePaths(left.path, right.path));
  scan.special.sort(comparePaths);
  return scan;
}

async function scanEntry(root: string, path: string, scan: Scan): Promise<void> {
  const facts = await lstat(join(root, path), { bigint: true });
  if (facts.isFile()) scan.files.push({ path, stat: fileStatOf(facts), isExecutable: isExecutable(facts) });
  else if (facts.isSymbolicLink()) scan.links.push({ path, target: await targetOf(root, path) });
  else if (!facts.isDirectory()) scan.special.push(path);
}

async function targetOf(root: string, path: string): Promise<string> {
  const raw = await readlink(join(root, path), "buffer");
  const target = raw.toString("utf8");
  if (Buffer.from(target).equals(raw)) return target;
  throw unsupportedFile(path, "is a link to a name that is not valid UTF-8: rename or exclude it");
}

/** Tells whether the folders above a path are folders, and not links: a work tree may differ from what Git tracks. */
class RealFolders {
  readonly #root: string;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(root: string) {
    this.#root = root;
  }

  async hasParents(path: string): Promise<boolean> {
    for (const parent of parentsOf(path)) if (!(await this.#isFolder(parent))) return false;
    return true;
  }

  #isFolder(folder: string): Promise<boolean> {
    let known = this.#known.get(folder);
    if (known === undefined) {
      known = lstat(join(this.#root, folder)).then(
        (facts) => facts.isDirectory(),
        () => false,
      );
      this.#known.set(folder, known);
    }
    return known;
  }
}
