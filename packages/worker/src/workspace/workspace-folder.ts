import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, toCapstanError, type BlobRef, type Tree } from "@capstan/protocol";
import {
  BlobCache,
  blobsOf,
  forEachBounded,
  isMarkAlive,
  materialise,
  newMark,
  parseTree,
  planPacks,
  unpack,
} from "@capstan/workspace";

/** Where trees and their files come from. */
export interface BlobSource {
  /** @throws CapstanError `digest-mismatch`, `not-found`, `unreachable`; the signal's reason. */
  getJson(ref: BlobRef, signal: AbortSignal): Promise<unknown>;
  /** Several blobs in one pack. @throws CapstanError `blob-missing`, `unreachable`; the signal's reason. */
  getPack(blobs: readonly BlobRef[], signal: AbortSignal): Promise<Uint8Array>;
}

export interface WorkspaceFolderOptions {
  /** Workers of one machine may share it. */
  readonly folder: string;
  readonly source: BlobSource;
  /** Bytes of files that are kept for later workspaces. */
  readonly cacheBytesMax: number;
}

const packsAtOnce = 2;
const putsAtOnce = 8;
/** Packs that broke are asked for again, without what arrived of them. */
const roundsMax = 3;

/** The trees on this machine: files in a cache that all workers share, and a folder of its own for each workspace. */
export class WorkspaceFolder {
  readonly #options: WorkspaceFolderOptions;
  readonly #cache: BlobCache;
  readonly #own: string;
  #swept: Promise<void> | undefined;

  constructor(options: WorkspaceFolderOptions) {
    this.#options = options;
    this.#cache = new BlobCache({ folder: join(options.folder, "files"), bytesMax: options.cacheBytesMax });
    this.#own = join(options.folder, "workspaces", newMark());
  }

  /**
   * Writes the tree into a folder of that name, and fetches first what of it is not here; gives the folder's path.
   * @throws CapstanError `invalid-tree`, `unsafe-link`, `blob-missing`, `too-large`. The signal's reason, and errors of
   * the disk, as they are.
   */
  async write(ref: BlobRef, name: string, signal: AbortSignal): Promise<string> {
    this.#swept ??= this.#sweep();
    await this.#swept;
    const tree = parseTree(await this.#options.source.getJson(ref, signal));
    const blobs = blobsOf(tree);
    const pin = await this.#cache.pin(blobs);
    try {
      await this.#fetch(blobs, signal);
      return await this.#materialise(tree, name, signal);
    } finally {
      await pin.release();
    }
  }

  async #fetch(blobs: readonly BlobRef[], signal: AbortSignal): Promise<void> {
    for (let round = 1; ; round += 1) {
      const missing = await this.#cache.missing(blobs);
      if (missing.length === 0) return;
      try {
        await forEachBounded(planPacks(missing), packsAtOnce, (pack) => this.#fetchPack(pack, signal));
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (round === roundsMax || !isBroken(error)) throw error;
      }
    }
  }

  async #fetchPack(blobs: readonly BlobRef[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const pack = await this.#options.source.getPack(blobs, signal);
    const putting = new Set<Promise<void>>();
    const failures: Error[] = [];
    try {
      for await (const { digest, content } of unpack(once(pack))) {
        signal.throwIfAborted();
        const put = this.#cache
          .put({ digest, bytes: content.byteLength }, content)
          .catch((error: unknown) => void failures.push(error instanceof Error ? error : toCapstanError(error)))
          .finally(() => putting.delete(put));
        putting.add(put);
        if (putting.size >= putsAtOnce) await Promise.race(putting);
      }
    } finally {
      await Promise.all(putting);
    }
    if (failures[0] !== undefined) throw failures[0];
  }

  async #materialise(tree: Tree, name: string, signal: AbortSignal): Promise<string> {
    const folder = join(this.#own, name);
    await mkdir(this.#own, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await materialise(tree, this.#cache, folder, { signal });
    return folder;
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async close(): Promise<void> {
    if (this.#swept !== undefined) await this.remove(this.#own);
  }

  /** What workers left that were killed. */
  async #sweep(): Promise<void> {
    const all = join(this.#options.folder, "workspaces");
    for (const mark of await readdir(all).catch(() => [])) {
      if (!isMarkAlive(mark)) await this.remove(join(all, mark));
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function isBroken(error: unknown): boolean {
  return error instanceof CapstanError && (error.code === "invalid-pack" || error.code === "digest-mismatch");
}
