import { CapstanError, limits, toCapstanError, type BlobRef } from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";
import { forEachBounded, pack, unpack } from "@capstan/workspace";

/** Small files are synced one by one: several at a time, so that the disk is never idle between two. */
const storedAtOnce = 16;
const looksAtOnce = 32;
/** Packs that arrive at the same time: what came of each of their blobs is in memory until it is stored. */
const packsAtOnceMax = 8;

/** Blobs as clients and workers exchange them with the engine: alone, or many in a pack. */
export class BlobDesk {
  readonly #blobs: BlobStore;
  #packs = 0;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Those that are not stored, in the order given. Asking keeps the others from being swept for a while. */
  async missing(namespace: string, digests: readonly string[]): Promise<string[]> {
    const held = new Set<string>();
    await forEachBounded(digests, looksAtOnce, async (digest) => {
      if (await this.#blobs.has(namespace, digest)) held.add(digest);
    });
    return digests.filter((digest) => !held.has(digest));
  }

  put(namespace: string, digest: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number }> {
    return this.#blobs.put(namespace, digest, bytes, limits.blobBytesMax);
  }

  open(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>> {
    return this.#blobs.open(namespace, digest);
  }

  /**
   * Stores the blobs of a pack. Those that came whole before it broke are stored all the same, so that only the rest has
   * to be sent again. @throws CapstanError `invalid-pack`, `digest-mismatch`, `too-large`, `store-failed`, `overloaded`.
   */
  async putPack(namespace: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly blobs: number }> {
    if (this.#packs >= packsAtOnceMax) throw tooManyPacks();
    this.#packs += 1;
    try {
      return await this.#storePack(namespace, bytes);
    } finally {
      this.#packs -= 1;
    }
  }

  async #storePack(namespace: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly blobs: number }> {
    const storing = new Set<Promise<void>>();
    let blobs = 0;
    let failure: Error | undefined;
    try {
      for await (const { digest, content } of unpack(bytes, packLimits)) {
        const stored = this.#blobs
          .put(namespace, digest, content, limits.blobBytesMax)
          .then(() => void (blobs += 1))
          .catch((error: unknown) => void (failure ??= toCapstanError(error)))
          .finally(() => storing.delete(stored));
        storing.add(stored);
        if (storing.size >= storedAtOnce) await Promise.race(storing);
        if (failure !== undefined) throw failure;
      }
    } finally {
      await Promise.all(storing);
    }
    if (failure !== undefined) throw failure;
    return { blobs };
  }

  /** A pack of these blobs, as a stream. @throws CapstanError `blob-missing`, `too-large`, before the first byte. */
  async openPack(namespace: string, blobs: readonly BlobRef[]): Promise<AsyncIterable<Uint8Array>> {
    const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, 0);
    if (blobs.length > 1 && bytes > limits.packBytesMax) {
      throw new CapstanError(
        "too-large",
        `a pack of several blobs has ${limits.packBytesMax} bytes at most, not ${bytes}: ask for fewer`,
        { details: { bytesMax: limits.packBytesMax } },
      );
    }
    const digests = await this.missing(
      namespace,
      blobs.map(({ digest }) => digest),
    );
    if (digests.length > 0) throw missingBlobs(digests);
    return pack(blobs, (digest) => this.#stream(namespace, digest));
  }

  async *#stream(namespace: string, digest: string): AsyncGenerator<Uint8Array> {
    yield* await this.#blobs.open(namespace, digest);
  }
}

const packLimits = {
  blobBytesMax: limits.blobBytesMax,
  bytesMax: limits.packBytesMax,
  blobsMax: limits.packBlobsMax,
};

function tooManyPacks(): CapstanError {
  return new CapstanError("overloaded", `${packsAtOnceMax} packs of files arrive already: send it again in a moment`, {
    details: { retryAfterMs: 1_000 },
  });
}

const namedDigestsMax = 100;

function missingBlobs(digests: readonly string[]): CapstanError {
  return new CapstanError("blob-missing", `${digests.length} of the blobs are not stored here: send them first`, {
    details: { count: digests.length, digests: digests.slice(0, namedDigestsMax) },
  });
}
