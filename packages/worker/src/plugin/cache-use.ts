import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";

/** Which revisions of a shared cache are in use: a file for each user, `use/<revision>/<pid>-<random>`. */
export class CacheUse {
  readonly #folder: string;
  readonly #name = `${process.pid}-${randomBytes(4).toString("hex")}`;
  readonly #used = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async begin(revision: string): Promise<void> {
    this.#used.add(revision);
    await mkdir(join(this.#folder, revision), { recursive: true });
    await writeFile(join(this.#folder, revision, this.#name), "");
  }

  async end(revision: string): Promise<void> {
    this.#used.delete(revision);
    await rm(join(this.#folder, revision, this.#name), { force: true });
  }

  /** Whether a living worker uses it. Marks of dead ones are removed. */
  async isUsed(revision: string): Promise<boolean> {
    if (this.#used.has(revision)) return true;
    for (const name of await readdir(join(this.#folder, revision)).catch(() => [])) {
      if (isAlive(Number.parseInt(name, 10))) return true;
      await rm(join(this.#folder, revision, name), { force: true });
    }
    return false;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#used].map((revision) => this.end(revision)));
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
