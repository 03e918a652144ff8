import { createHash, randomUUID } from "node:crypto";
import { createReadStream, statSync, unlinkSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError, systemClock, type Clock } from "@capstan/protocol/plain";
import { toStoreError } from "../sqlite/store-failure.js";
import type { BlobStore } from "./blob-store.js";
import type { SweepableBlobs } from "./blob-sweep.js";

const digestPattern = /^sha256:([0-9a-f]{64})$/;
const namespacePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const temporaryFolder = ".temporary";
/** Noting a use more often than this would only cost. */
const useGranularityMs = 3_600_000;

interface BlobKey {
  readonly namespace: string;
  readonly digest: string;
}

export interface FolderBlobStoreOptions {
  readonly folder: string;
  readonly clock?: Clock;
}

/**
 * Blobs as files: `<folder>/<namespace>/<first two digits>/<64 digits>`. A file appears under its name whole and synced
 * or not at all. Names are made from checked digests and namespaces only, so no text of a caller becomes a path.
 * A file's time of change is the last time somebody stored it or asked for it.
 */
export class FolderBlobStore implements BlobStore, SweepableBlobs {
  readonly #folder: string;
  readonly #clock: Clock;
  /** Folders that this process has made, or found, and synced with those above them. */
  readonly #made = new Map<string, Promise<void>>();

  constructor({ folder, clock = systemClock }: FolderBlobStoreOptions) {
    this.#folder = folder;
    this.#clock = clock;
  }

  // oxlint-disable-next-line max-params -- the interface has them
  async put(
    namespace: string,
    digest: string,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<{ readonly bytes: number }> {
    const path = this.#pathOf({ namespace, digest });
    return this.#guard(async () => {
      const known = await this.#use(path);
      if (known !== undefined) {
        if (!(bytes instanceof Uint8Array)) await drain(bytes, bytesMax);
        return { bytes: known };
      }
      const temporary = join(this.#folder, temporaryFolder, randomUUID());
      await mkdir(dirname(temporary), { recursive: true });
      try {
        const written = await writeChecked(temporary, bytes, { digest, bytesMax });
        await this.#place(temporary, path);
        return { bytes: written };
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async get(namespace: string, digest: string): Promise<Uint8Array> {
    const path = this.#pathOf({ namespace, digest });
    return this.#guard(async () => readFile(path), digest);
  }

  async open(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#pathOf({ namespace, digest });
    const file = await this.#guard(async () => open(path), digest);
    return guardStream(createReadStream(path, { fd: file, highWaterMark: 256 * 1_024 }));
  }

  async has(namespace: string, digest: string): Promise<boolean> {
    const path = this.#pathOf({ namespace, digest });
    return this.#guard(async () => (await this.#use(path)) !== undefined);
  }

  async delete(namespace: string, digest: string): Promise<void> {
    const path = this.#pathOf({ namespace, digest });
    await this.#guard(async () => rm(path, { force: true }));
  }

  /** Folder by folder: one call looks at the blobs of one prefix, so that a step stays short. */
  async listIdle({
    after,
    beforeMs,
  }: {
    readonly after: string;
    readonly beforeMs: number;
    readonly limit: number;
  }): Promise<{ readonly blobs: readonly BlobKey[]; readonly after: string; readonly isEnd: boolean }> {
    return this.#guard(async () => {
      const next = (await this.#listPrefixes()).find((prefix) => prefix > after);
      if (next === undefined) return { blobs: [], after, isEnd: true };
      const namespace = next.slice(0, -3);
      const blobs: BlobKey[] = [];
      for (const name of await readdir(join(this.#folder, next))) {
        const digest = `sha256:${name}`;
        if (!digestPattern.test(digest)) continue;
        const { mtimeMs } = await stat(join(this.#folder, next, name));
        if (mtimeMs < beforeMs) blobs.push({ namespace, digest });
      }
      return { blobs, after: next, isEnd: false };
    });
  }

  /** Looks at the time and deletes in one turn, so that no use falls in between. */
  async deleteIdle(blob: BlobKey, beforeMs: number): Promise<boolean> {
    const path = this.#pathOf(blob);
    return this.#guard(async () => {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined || found.mtimeMs >= beforeMs) return false;
      unlinkSync(path);
      return true;
    });
  }

  /** `<namespace>/<two digits>` of every folder of blobs, in order. */
  async #listPrefixes(): Promise<string[]> {
    const prefixes: string[] = [];
    for (const namespace of await readdirOrNone(this.#folder)) {
      if (!namespacePattern.test(namespace)) continue;
      for (const prefix of await readdirOrNone(join(this.#folder, namespace))) {
        if (/^[0-9a-f]{2}$/.test(prefix)) prefixes.push(`${namespace}/${prefix}`);
      }
    }
    return prefixes.toSorted();
  }

  /** The size of a blob that is there, noting the use; the note is made before the answer. */
  async #use(path: string): Promise<number | undefined> {
    try {
      const { size, mtimeMs } = await stat(path);
      const nowMs = this.#clock.wallMs();
      if (nowMs - mtimeMs > useGranularityMs) await utimes(path, nowMs / 1_000, nowMs / 1_000);
      return size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #place(temporary: string, path: string): Promise<void> {
    const seconds = this.#clock.wallMs() / 1_000;
    await utimes(temporary, seconds, seconds);
    const folder = dirname(path);
    await this.#make(folder);
    await rename(temporary, path);
    // The new name is durable only when the folder that holds it is.
    await syncFolder(folder);
  }

  /** Makes a folder, durable with its own name. Once is enough: a pack of blobs makes few folders and many names. */
  #make(folder: string): Promise<void> {
    const known = this.#made.get(folder);
    if (known !== undefined) return known;
    const made = makeDurably(folder, this.#folder);
    this.#made.set(folder, made);
    made.catch(() => this.#made.delete(folder));
    return made;
  }

  #pathOf({ namespace, digest }: BlobKey): string {
    const hex = digestPattern.exec(digest)?.[1];
    if (hex === undefined) {
      throw new CapstanError("invalid-request", "a digest is sha256: and 64 digits of 0-9 and a-f");
    }
    if (!namespacePattern.test(namespace)) {
      throw new CapstanError("invalid-request", "a namespace has letters, digits, and _ . - after the first");
    }
    return join(this.#folder, namespace, hex.slice(0, 2), hex);
  }

  async #guard<T>(step: () => Promise<T>, digest?: string): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (digest !== undefined && isMissing(error)) {
        throw new CapstanError("not-found", `no blob ${digest} is stored in this namespace`, { details: { digest } });
      }
      throw toStoreError(error);
    }
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

async function readdirOrNone(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function makeDurably(folder: string, root: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const above of [dirname(folder), root]) await syncFolder(above);
}

/** Windows cannot open a folder; there the rename itself is durable enough. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checkSize(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new CapstanError("too-large", `the blob has more than ${bytesMax} bytes`, { details: { bytesMax } });
}

/** Reads a body to its end, so that its sender is not cut off in the middle. */
async function drain(bytes: AsyncIterable<Uint8Array>, bytesMax: number): Promise<void> {
  let total = 0;
  for await (const part of bytes) {
    total += part.length;
    checkSize(total, bytesMax);
  }
}

async function writeChecked(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  { digest, bytesMax }: { digest: string; bytesMax: number },
): Promise<number> {
  if (bytes instanceof Uint8Array) checkSize(bytes.length, bytesMax);
  const hash = createHash("sha256");
  let total = 0;
  const file = await open(path, "wx");
  try {
    for await (const part of bytes instanceof Uint8Array ? [bytes] : bytes) {
      total += part.length;
      checkSize(total, bytesMax);
      hash.update(part);
      await writeAll(file, part);
    }
    const found = `sha256:${hash.digest("hex")}`;
    if (found !== digest) {
      throw new CapstanError("digest-mismatch", `the bytes have the digest ${found}, not ${digest}`, {
        details: { announced: digest, found },
      });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return total;
}

async function writeAll(file: FileHandle, part: Uint8Array): Promise<void> {
  for (let at = 0; at < part.length;) at += (await file.write(part, at)).bytesWritten;
}

async function* guardStream(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw toStoreError(error);
  }
}
