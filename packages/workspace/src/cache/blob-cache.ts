import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, systemClock, type BlobRef, type Clock } from "@capstan/protocol";
import { forEachBounded } from "../bounded.js";
import { BlobFolder, blobName, type HeldBlob } from "./blob-folder.js";
import { evictBlobs } from "./evict-blobs.js";
import { PinBook, type Pin } from "./pin-book.js";
import { writeChecked } from "./write-checked.js";

export interface BlobCacheOptions {
  /** Several processes of one machine may share it. */
  readonly folder: string;
  /** Beyond so many bytes of content the least recently used blobs are deleted, never pinned ones. */
  readonly bytesMax: number;
  /** Says when a blob was last used. The machine's by default. */
  readonly clock?: Clock;
}

/** Noting a use more often than this would only cost. */
const useGranularityMs = 60_000;
const looksAtOnce = 32;
/** An eviction makes more room than is needed, so that the next does not follow at once. */
const keptShare = 0.9;
/** After so large a share of the limit was put here, what other processes put is counted as well. */
const recountShare = 1 / 16;

/**
 * Blobs on disk by digest: what materialising takes files from. A blob is there whole or not at all, also after a kill.
 *
 * Pins and evictions of several processes agree without a lock. Who pins writes the pin first and looks afterwards. Who
 * evicts sets the blob apart first and reads the pins afterwards. So a blob that was seen after it was pinned is put
 * back by whoever evicts it, and a blob that is set apart before that is taken back, or seen to be missing.
 */
export class BlobCache {
  readonly #files: BlobFolder;
  readonly #pins: PinBook;
  readonly #bytesMax: number;
  readonly #clock: Clock;
  #turn: Promise<unknown> = Promise.resolve();
  /** What lies on disk as far as is known here, and what is being put. */
  #heldBytes = 0;
  #pendingBytes = 0;
  /** All that was ever put here: what is put during a count is added to it. */
  #placedBytes = 0;
  #bytesUntilCount = 0;

  constructor({ folder, bytesMax, clock = systemClock }: BlobCacheOptions) {
    this.#files = new BlobFolder(folder);
    this.#pins = new PinBook(join(folder, "pins"));
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  /**
   * Keeps a blob. One that is there already is not read again. Pin it before, when it must not be evicted until it is used.
   * @throws CapstanError `digest-mismatch`; `too-large` when it finds no room, since what is there is pinned.
   */
  async put(blob: BlobRef, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const name = blobName(blob.digest);
    if (await this.has(blob)) return;
    await this.#inTurn(() => this.#reserve(blob.bytes));
    const staged = await this.#files.stage();
    try {
      await writeChecked({ path: staged, changedAtMs: this.#clock.wallMs() }, blob, content);
      await this.#files.place(staged, name);
      this.#heldBytes += blob.bytes;
      this.#placedBytes += blob.bytes;
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    } finally {
      this.#pendingBytes -= blob.bytes;
    }
  }

  /** Whether a blob is there in its size. A file that was damaged so far is removed. */
  async has(blob: BlobRef): Promise<boolean> {
    if (await this.#isInPlace(blob)) return true;
    return (await this.#files.rescue(blobName(blob.digest))) && this.#isInPlace(blob);
  }

  /** Those of the blobs that are not there, in the order given, each once. */
  async missing(blobs: readonly BlobRef[]): Promise<BlobRef[]> {
    const unique = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
    const missing = await without(unique, (blob) => this.#isInPlace(blob));
    const isAnyApart = missing.length > 0 && (await this.#files.hasApart());
    return isAnyApart ? without(missing, (blob) => this.has(blob)) : missing;
  }

  /**
   * Holds blobs, also ones that are still to be put, until the pin is released or this process ends. What `missing`
   * does not name after that stays; those that are there count as used now.
   */
  async pin(blobs: readonly BlobRef[]): Promise<Pin> {
    const names = blobs.map(({ digest }) => blobName(digest));
    const pin = await this.#pins.pin(names);
    const nowMs = this.#clock.wallMs();
    await forEachBounded(names, looksAtOnce, async (name) => {
      const held = await this.#files.look(name);
      if (held !== undefined && nowMs - held.usedAtMs >= useGranularityMs) await this.#files.touch(name, nowMs);
    });
    return pin;
  }

  /**
   * Writes a copy of a blob to a path where nothing is: a clone where the file system can, never a hard link. Its mode
   * is the caller's to set. Pin the blob before.
   * @throws CapstanError `blob-missing`.
   */
  async copy({ digest }: BlobRef, path: string): Promise<void> {
    if (await this.#files.copy(blobName(digest), path)) return;
    throw new CapstanError("blob-missing", `the cache does not hold the blob ${digest}: fetch it again`, {
      details: { digests: [digest] },
    });
  }

  /** Deletes the least recently used blobs that nobody has pinned, until the cache is within its limit. Gives their digests. */
  evict(): Promise<string[]> {
    return this.#inTurn(() => this.#evictTo(this.#bytesMax));
  }

  async #isInPlace({ digest, bytes }: BlobRef): Promise<boolean> {
    const name = blobName(digest);
    const held = await this.#files.look(name);
    if (held === undefined) return false;
    if (held.bytes === bytes) return true;
    await this.#files.delete(name);
    return false;
  }

  /** Takes the room before anything is written. */
  async #reserve(bytes: number): Promise<void> {
    const most = this.#bytesMax - this.#pendingBytes - bytes;
    if (this.#bytesUntilCount <= 0 || this.#heldBytes > most) await this.#count();
    if (this.#heldBytes > most) await this.#evictTo(Math.min(most, this.#bytesMax * keptShare));
    if (this.#heldBytes > most) {
      throw new CapstanError(
        "too-large",
        `the cache of ${this.#bytesMax} bytes has no room for ${bytes} more, and what it holds is in use: raise its limit`,
        { details: { limit: this.#bytesMax } },
      );
    }
    this.#pendingBytes += bytes;
    this.#bytesUntilCount -= bytes;
  }

  async #count(): Promise<HeldBlob[]> {
    await this.#files.sweep();
    const placedBefore = this.#placedBytes;
    const held = await this.#files.list();
    this.#heldBytes = held.reduce((sum, { bytes }) => sum + bytes, this.#placedBytes - placedBefore);
    this.#bytesUntilCount = this.#bytesMax * recountShare;
    return held;
  }

  /** What is pinned meanwhile and put back is counted the next time. */
  async #evictTo(bytesMax: number): Promise<string[]> {
    const held = await this.#count();
    const surplus = this.#heldBytes - bytesMax;
    const { names, bytes } = await evictBlobs({ files: this.#files, pins: this.#pins, held, surplus });
    this.#heldBytes -= bytes;
    return names.map((name) => `sha256:${name}`);
  }

  /** One count or eviction at a time, so that puts at the same time do not each make room. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

async function without(blobs: readonly BlobRef[], isHeld: (blob: BlobRef) => Promise<boolean>): Promise<BlobRef[]> {
  const held = new Set<BlobRef>();
  await forEachBounded(blobs, looksAtOnce, async (blob) => {
    if (await isHeld(blob)) held.add(blob);
  });
  return blobs.filter((blob) => !held.has(blob));
}
