import { chmod, lstat, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError, type Tree } from "@capstan/protocol";
import { forEachBounded } from "../bounded.js";
import type { BlobCache } from "../cache/blob-cache.js";
import { isMarkAlive, newMark } from "../cache/process-mark.js";
import { errno, isMissing } from "../errno.js";
import { checkTree } from "../tree/check-tree.js";
import { blobsOf } from "../tree/tree-digest.js";
import { parentsOf } from "../tree/tree-path.js";

export interface MaterialiseOptions {
  /** Files written at the same time, 16 by default. */
  readonly filesAtOnce?: number;
  /** Breaks it off. */
  readonly signal?: AbortSignal;
}

const partialPrefix = ".capstan-partial-";
const namedDigestsMax = 100;

/**
 * Writes a tree into a folder that is not there yet, from blobs that the cache holds. The folder appears whole: it is put
 * together beside its place under another name. Files are the folder's own (clones or copies, never hard links), with
 * mode 644, or 755 when executable. Whatever breaks it off, nothing of it is left; what a killed process left beside it
 * is removed by the next call.
 * @throws CapstanError `invalid-tree`, `unsafe-link`; `blob-missing` with the `digests` to fetch (up to 100) and their
 * number; `invalid-config` when the folder exists. The signal's reason, and errors of the disk, are thrown as they are.
 */
// oxlint-disable-next-line max-params -- what, from where, to where, and how
export async function materialise(
  tree: Tree,
  cache: BlobCache,
  folder: string,
  { filesAtOnce = 16, signal }: MaterialiseOptions = {},
): Promise<void> {
  checkTree(tree);
  signal?.throwIfAborted();
  await refuseExisting(folder);
  const blobs = blobsOf(tree);
  const pin = await cache.pin(blobs);
  try {
    refuseMissing(await cache.missing(blobs));
    await mkdir(dirname(folder), { recursive: true });
    await sweepPartial(dirname(folder));
    const partial = join(dirname(folder), partialPrefix + newMark());
    try {
      await mkdir(partial);
      await fill(partial, tree, { cache, filesAtOnce, signal });
      signal?.throwIfAborted();
      await place(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } finally {
    await pin.release();
  }
}

interface FillOptions {
  readonly cache: BlobCache;
  readonly filesAtOnce: number;
  readonly signal: AbortSignal | undefined;
}

/** Links come last: while files are written there is none that one could be written through, whatever the tree says. */
async function fill(partial: string, tree: Tree, { cache, filesAtOnce, signal }: FillOptions): Promise<void> {
  for (const directory of foldersOf(tree)) await mkdir(join(partial, directory));
  await forEachBounded(tree.files, filesAtOnce, async (file) => {
    signal?.throwIfAborted();
    const path = join(partial, file.path);
    await cache.copy(file, path);
    await chmod(path, file.isExecutable === true ? 0o755 : 0o644);
  });
  for (const { path, target } of tree.links) await symlink(target, join(partial, path));
}

/** All folders of a tree, each after the one that it is in. */
function foldersOf({ files, links, directories }: Tree): Set<string> {
  const folders = new Set<string>();
  for (const { path } of [...files, ...links]) for (const parent of parentsOf(path)) folders.add(parent);
  for (const path of directories) {
    for (const parent of parentsOf(path)) folders.add(parent);
    folders.add(path);
  }
  return folders;
}

async function place(partial: string, folder: string): Promise<void> {
  await refuseExisting(folder);
  try {
    await rename(partial, folder);
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM"].includes(errno(error) ?? "")) throw exists(folder, error);
    throw error;
  }
}

async function refuseExisting(folder: string): Promise<void> {
  try {
    await lstat(folder);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw exists(folder);
}

function exists(folder: string, cause?: unknown): CapstanError {
  return new CapstanError("invalid-config", `the folder ${folder} exists: remove it, or name another`, { cause });
}

function refuseMissing(missing: readonly { digest: string }[]): void {
  if (missing.length === 0) return;
  throw new CapstanError("blob-missing", `the cache lacks ${missing.length} blobs of the tree: fetch them first`, {
    details: { count: missing.length, digests: missing.slice(0, namedDigestsMax).map(({ digest }) => digest) },
  });
}

async function sweepPartial(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(partialPrefix) || isMarkAlive(name.slice(partialPrefix.length))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}
