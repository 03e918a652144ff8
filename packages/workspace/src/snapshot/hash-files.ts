import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { TreeFile } from "@capstan/protocol";
import { forEachBounded } from "../bounded.js";
import type { ScannedFile } from "./entry-scan.js";
import type { FileReader } from "./file-reader.js";
import type { FileStat } from "./file-stat.js";
import type { SnapshotOptions } from "./snapshot-options.js";
import { StatCache } from "./stat-cache.js";

/** Hashing is done by this thread; more reads at once than this only wait for it. */
const readsAtOnce = Math.max(4, Math.min(16, 2 * availableParallelism()));

/** Files with their digests. */
export interface HashedFiles {
  readonly files: TreeFile[];
  /** A file for each digest. */
  readonly sources: Map<string, { readonly path: string; readonly stat: FileStat }>;
  hashedFiles: number;
}

/**
 * The digests of files: from the stat cache, or read. A file that is gone by now is left out.
 * @throws CapstanError `file-changed`, `unsupported-file`; the signal's reason; errors of the disk about the cache.
 */
export async function hashFiles(
  reader: FileReader,
  files: readonly ScannedFile[],
  { root, statCache, signal }: SnapshotOptions & { readonly root: string },
): Promise<HashedFiles> {
  const cache = statCache === undefined ? undefined : await StatCache.open(resolve(statCache), root);
  const hashed: HashedFiles = { files: [], sources: new Map(), hashedFiles: 0 };
  try {
    await forEachBounded(files, readsAtOnce, async (file) => {
      signal?.throwIfAborted();
      const known = cache?.find(file.path, file.stat);
      const result = known === undefined ? await reader.hash(file.path) : { ...file, digest: known };
      if (result === undefined) return;
      if (known === undefined) hashed.hashedFiles += 1;
      const { digest, stat, isExecutable } = result;
      cache?.note(file.path, stat, digest);
      hashed.sources.set(digest, { path: file.path, stat });
      hashed.files.push({
        path: file.path,
        digest,
        bytes: Number(stat.size),
        ...(isExecutable ? { isExecutable: true } : {}),
      });
    });
    await cache?.save();
    return hashed;
  } finally {
    await cache?.close();
  }
}
