import { relative, resolve, sep } from "node:path";
import { CapstanError, excerpt, type Tree } from "@capstan/protocol";
import { checkTree } from "../tree/check-tree.js";
import { checkLinks } from "../tree/link-safety.js";
import { treeDigest } from "../tree/tree-digest.js";
import { comparePaths } from "../tree/tree-path.js";
import { scanEntries, type Scan } from "./entry-scan.js";
import { FileReader } from "./file-reader.js";
import { hashFiles } from "./hash-files.js";
import { listPaths, realRoot } from "./list-paths.js";
import type { Listing } from "./listing.js";
import { PathFilter } from "./path-filter.js";
import { compileLimits, type SnapshotLimits, type SnapshotOptions } from "./snapshot-options.js";
import { unsupportedFile } from "./unsupported-file.js";

/** A directory tree as it was, and a way to read it. */
export interface Snapshot {
  readonly tree: Tree;
  /** The digest of `tree`. */
  readonly digest: string;
  /** Bytes of all files; what two files have in common counts twice. */
  readonly bytes: number;
  /** How many files were read; the digests of the others were in the stat cache. */
  readonly hashedFiles: number;
  /** Submodules and special files that were left out. */
  readonly skipped: readonly string[];
  /**
   * The content of a blob, from the file that has it.
   * @throws CapstanError `file-changed` when the file is not as it was any more, `not-found` when no file has the digest.
   */
  readonly read: (digest: string) => AsyncIterable<Uint8Array>;
}

/** What a tree may have of links, and of empty directories. */
const linksMax = 100_000;

/**
 * Takes a snapshot of a folder: its files by digest, with their executable bit, and its symbolic links. Nothing is
 * followed, and nothing outside the folder is read. What vanishes while the snapshot is taken is left out.
 *
 * Globs are those of picomatch, dot files included: `**` for any folders, `{a,b}`, `[ab]`; no `!` in front.
 * @param root The folder, also one within a Git work tree.
 * @throws CapstanError `not-found` when there is no such folder; `unsafe-link`, `unsupported-file`, `file-changed`,
 * `too-large`, `invalid-config` as the messages say; `unsupported` when Git is needed and cannot be asked.
 */
export async function snapshot(root: string, options: SnapshotOptions = {}): Promise<Snapshot> {
  const limits = compileLimits(options.limits);
  const filter = new PathFilter(options);
  const real = await realRoot(root);
  const listing = await listPaths(real, options, { filter, filesMax: limits.filesMax });
  if (options.statCache !== undefined) dropCache(listing, relative(real, resolve(options.statCache)));
  const scan = await scanEntries(real, listing.paths);
  const skipped = refuseOrSkip(listing, scan, options);
  checkSizes(scan, listing, limits);
  checkLinks(scan.links);
  options.signal?.throwIfAborted();
  return makeSnapshot(real, { listing, scan, skipped, options });
}

interface Found {
  readonly listing: Listing;
  readonly scan: Scan;
  readonly skipped: readonly string[];
  readonly options: SnapshotOptions;
}

async function makeSnapshot(root: string, { listing, scan, skipped, options }: Found): Promise<Snapshot> {
  const reader = new FileReader(root);
  const { files, sources, hashedFiles } = await hashFiles(reader, scan.files, { root, ...options });
  const tree: Tree = {
    treeVersion: 1,
    files: files.toSorted(byPath),
    links: scan.links,
    directories: listing.directories.toSorted(comparePaths),
  };
  checkTree(tree);
  return {
    tree,
    digest: treeDigest(tree),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    hashedFiles,
    skipped: skipped.toSorted(comparePaths),
    read: (digest) => {
      const source = sources.get(digest);
      if (source !== undefined) return reader.read(source.path, source.stat);
      throw new CapstanError("not-found", `no file of the snapshot has the digest ${excerpt(digest)}`);
    },
  };
}

/** A stat cache within the root is no part of the snapshot: it would be another after each. */
function dropCache({ paths }: Listing, cache: string): void {
  const own = cache.split(sep).join("/");
  for (const path of paths) if (path === own || path.startsWith(`${own}.`)) paths.delete(path);
}

function refuseOrSkip(
  { repositories }: Listing,
  { special }: Scan,
  { submodules = "refuse", specialFiles = "refuse" }: SnapshotOptions,
): readonly string[] {
  const [repository] = repositories;
  if (repository !== undefined && submodules === "refuse") {
    const remedy = "exclude it, skip submodules, or take all files instead of what Git has";
    throw unsupportedFile(repository, `is a submodule or a repository of its own, which is not taken: ${remedy}`);
  }
  const [file] = special;
  if (file !== undefined && specialFiles === "refuse") {
    throw unsupportedFile(file, "is a socket, a pipe or a device: remove or exclude it, or skip special files");
  }
  return [...repositories, ...special];
}

/** Before anything is read. */
function checkSizes(
  { files, links }: Scan,
  { directories }: Listing,
  { bytesMax, fileBytesMax }: Required<SnapshotLimits>,
): void {
  checkCount(links.length, "symbolic links");
  checkCount(directories.length, "empty directories");
  let bytes = 0n;
  for (const { path, stat } of files) {
    if (stat.size > fileBytesMax) throw tooLarge(JSON.stringify(excerpt(path)), stat.size, fileBytesMax);
    bytes += stat.size;
  }
  if (bytes > bytesMax) throw tooLarge("the workspace", bytes, bytesMax);
}

function checkCount(count: number, what: string): void {
  if (count <= linksMax) return;
  throw new CapstanError("too-large", `the workspace has ${count} ${what}, more than ${linksMax}: exclude some`, {
    details: { limit: linksMax },
  });
}

function tooLarge(what: string, bytes: bigint, limit: number): CapstanError {
  return new CapstanError("too-large", `${what} has ${bytes} bytes, more than ${limit}: exclude what no task needs`, {
    details: { limit },
  });
}

function byPath(left: { readonly path: string }, right: { readonly path: string }): number {
  return comparePaths(left.path, right.path);
}
