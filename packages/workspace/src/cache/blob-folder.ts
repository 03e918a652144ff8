import { constants } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError } from "@capstan/protocol";
import { isMissing, noneIfMissing } from "../errno.js";
import { isMarkAlive, newMark } from "./process-mark.js";

/** A blob on disk. `name` is its digest's 64 hex digits. */
export interface HeldBlob {
  readonly name: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

const digestPattern = /^sha256:([0-9a-f]{64})$/;
const namePattern = /^[0-9a-f]{64}$/;
const copiesMax = 8;

/**
 * The files of a cache: `blobs/<first two digits>/<64 digits>`, read-only, put there whole by a rename. What is being
 * written is in `staging`, what is being evicted in `evicted`, each under the mark of its process.
 */
export class BlobFolder {
  readonly #folder: string;
  #hasStaging: Promise<unknown> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A new path for what is to be put; what processes that are dead left there is removed by `sweep`. */
  async stage(): Promise<string> {
    this.#hasStaging ??= mkdir(this.#staging, { recursive: true });
    await this.#hasStaging;
    return join(this.#staging, newMark());
  }

  async place(staged: string, name: string): Promise<void> {
    try {
      await rename(staged, this.#pathOf(name));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await mkdir(dirname(this.#pathOf(name)), { recursive: true });
      await rename(staged, this.#pathOf(name));
    }
  }

  /** The blob, if it is in its place. */
  async look(name: string): Promise<HeldBlob | undefined> {
    try {
      const { size, mtimeMs } = await stat(this.#pathOf(name));
      return { name, bytes: size, usedAtMs: mtimeMs };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Whether anything is set apart at this moment. */
  async hasApart(): Promise<boolean> {
    return (await this.#listApart()).length > 0;
  }

  /** Whether the blob was set apart. Taking it back is a rename, so either this or the eviction has it, never both. */
  async rescue(name: string): Promise<boolean> {
    const apart = (await this.#listApart()).filter((each) => each.startsWith(`${name}.`));
    for (const each of apart) await this.#putBack(each);
    return apart.length > 0;
  }

  async touch(name: string, usedAtMs: number): Promise<void> {
    await utimes(this.#pathOf(name), usedAtMs / 1_000, usedAtMs / 1_000).catch(() => {});
  }

  async delete(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true });
  }

  /**
   * Writes a copy to a path where nothing is: a clone that shares its bytes on disk where the file system can, never a
   * hard link. An eviction that began before the blob was pinned may have it in hand, and gives it back.
   */
  async copy(name: string, path: string): Promise<boolean> {
    for (let copies = 0; copies < copiesMax; copies += 1) {
      try {
        await copyFile(this.#pathOf(name), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
        return true;
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.rescue(name);
      }
    }
    return false;
  }

  async list(): Promise<HeldBlob[]> {
    const held: HeldBlob[] = [];
    const blobs = join(this.#folder, "blobs");
    for (const prefix of await readdir(blobs).catch(noneIfMissing([]))) {
      const names = (await readdir(join(blobs, prefix)).catch(noneIfMissing([]))).filter((name) =>
        namePattern.test(name),
      );
      const found = await Promise.all(names.map((name) => this.look(name)));
      held.push(...found.filter((blob) => blob !== undefined));
    }
    return held;
  }

  /** Sets a blob apart, to be deleted by `finishEviction`; undefined when it is not there any more. */
  async setApart(name: string): Promise<string | undefined> {
    await mkdir(this.#evicted, { recursive: true });
    const apart = `${name}.${newMark()}`;
    try {
      await rename(this.#pathOf(name), join(this.#evicted, apart));
      return apart;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** What was set apart by processes that died before they finished. */
  async listAbandoned(): Promise<string[]> {
    return (await this.#listApart()).filter((apart) => !isMarkAlive(apart.slice(apart.indexOf(".") + 1)));
  }

  /** Deletes what was set apart, or puts it back when it is pinned by now. Gives the name of what was deleted. */
  async finishEviction(apart: string, pinned: ReadonlySet<string>): Promise<string | undefined> {
    const name = apart.slice(0, apart.indexOf("."));
    if (pinned.has(name)) {
      await this.#putBack(apart);
      return undefined;
    }
    await rm(join(this.#evicted, apart), { force: true });
    return name;
  }

  /** Removes what killed processes were writing. */
  async sweep(): Promise<void> {
    for (const mark of await readdir(this.#staging).catch(noneIfMissing([]))) {
      if (!isMarkAlive(mark)) await rm(join(this.#staging, mark), { force: true });
    }
  }

  get #staging(): string {
    return join(this.#folder, "staging");
  }

  get #evicted(): string {
    return join(this.#folder, "evicted");
  }

  #pathOf(name: string): string {
    return join(this.#folder, "blobs", name.slice(0, 2), name);
  }

  async #listApart(): Promise<string[]> {
    return readdir(this.#evicted).catch(noneIfMissing([]));
  }

  async #putBack(apart: string): Promise<void> {
    try {
      await rename(join(this.#evicted, apart), this.#pathOf(apart.slice(0, apart.indexOf("."))));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/**
 * The name of a blob's file. Made from checked digests only, so that no text of a caller becomes a path.
 * @throws CapstanError `invalid-request`.
 */
export function blobName(digest: string): string {
  const name = digestPattern.exec(digest)?.[1];
  if (name !== undefined) return name;
  throw new CapstanError("invalid-request", "a digest is sha256: and 64 digits of 0-9 and a-f");
}
