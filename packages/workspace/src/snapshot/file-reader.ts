import { createHash } from "node:crypto";
import { constants, type BigIntStats } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { CapstanError, excerpt } from "@capstan/protocol";
import { errno, isMissing } from "../errno.js";
import { fileStatOf, isSameStat, type FileStat } from "./file-stat.js";
import { unsupportedFile } from "./unsupported-file.js";

/** A file as it was when it was read. */
export interface HashedFile {
  readonly digest: string;
  readonly stat: FileStat;
  readonly isExecutable: boolean;
}

const readsMax = 3;
const partBytes = 256 * 1_024;

/** Opens neither a link nor, forever, a pipe. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reads files beneath a root, and nothing that a link puts there. */
export class FileReader {
  readonly #root: string;

  /** @param root The real path of a folder. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The digest of a file, read again when it changes meanwhile; undefined when it is gone.
   * @throws CapstanError `file-changed` when it changes each time, `unsupported-file` when it cannot be read.
   */
  async hash(path: string, onPart?: () => Promise<void>): Promise<HashedFile | undefined> {
    for (let reads = 0; reads < readsMax; reads += 1) {
      try {
        const hashed = await this.#hashOnce(path, onPart);
        if (hashed !== undefined) return hashed;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    }
    throw changed(path);
  }

  /**
   * The content of a file that is still as it was.
   * @throws CapstanError `file-changed`, also in the middle.
   */
  async *read(path: string, stat: FileStat): AsyncGenerator<Uint8Array> {
    const file = await this.#open(path).catch((error: unknown) => {
      throw isMissing(error) ? changed(path, error) : error;
    });
    try {
      if (!isSameStat(stat, fileStatOf(await file.stat({ bigint: true })))) throw changed(path);
      yield* partsOf(file, Number(stat.size));
      if (!isSameStat(stat, fileStatOf(await file.stat({ bigint: true })))) throw changed(path);
    } finally {
      await file.close();
    }
  }

  async #hashOnce(path: string, onPart?: () => Promise<void>): Promise<HashedFile | undefined> {
    const file = await this.#open(path);
    try {
      const facts = await file.stat({ bigint: true });
      if (!facts.isFile()) throw changed(path);
      const stat = fileStatOf(facts);
      const hash = createHash("sha256");
      let total = 0n;
      for await (const part of partsOf(file, Number(stat.size))) {
        hash.update(part);
        total += BigInt(part.byteLength);
        await onPart?.();
      }
      const isWhole = total === stat.size && isSameStat(stat, fileStatOf(await file.stat({ bigint: true })));
      return isWhole ? { digest: `sha256:${hash.digest("hex")}`, stat, isExecutable: isExecutable(facts) } : undefined;
    } finally {
      await file.close();
    }
  }

  async #open(path: string): Promise<FileHandle> {
    const full = join(this.#root, path);
    const file = await open(full, openFlags).catch((error: unknown) => {
      if (isMissing(error)) throw error;
      if (errno(error) === "ELOOP") throw changed(path, error);
      throw unsupportedFile(path, `cannot be read (${errno(error)}): allow it, or exclude it`, error);
    });
    try {
      await this.#checkPlace(path, full);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** A folder above may have become a link since it was listed. Some file systems know names of one case only. */
  async #checkPlace(path: string, full: string): Promise<void> {
    const expected = dirname(full);
    const real = await realpath(expected);
    if (real !== expected && real.toLowerCase() !== expected.toLowerCase()) {
      throw changed(path, new Error(`${expected + sep} leads to ${real}`));
    }
  }
}

export function isExecutable({ mode }: BigIntStats): boolean {
  return (mode & 0o100n) !== 0n;
}

/** No further than its size: what a file grows by while it is read is seen by its stat. */
async function* partsOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    // Each part has memory of its own: whoever takes it may keep it for a while.
    const buffer = Buffer.allocUnsafe(Math.min(size - at, partBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function changed(path: string, cause?: unknown): CapstanError {
  const message = `${JSON.stringify(excerpt(path))} was changed while it was read: try again when nothing writes to it, or exclude it`;
  return new CapstanError("file-changed", message, { details: { path: excerpt(path) }, cause });
}
