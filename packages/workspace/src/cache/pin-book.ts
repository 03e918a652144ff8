import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noneIfMissing } from "../errno.js";
import { isMarkAlive, newMark } from "./process-mark.js";

/** Holds blobs in a cache until it is released. */
export interface Pin {
  /** Lets them go. Calling it again does nothing. */
  release(): Promise<void>;
}

const unfinished = ".part";

/** Which blobs of a cache are in use, by any process: a file for each pin, `<mark>`, with a name of a blob a line. */
export class PinBook {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async pin(names: readonly string[]): Promise<Pin> {
    const path = join(this.#folder, newMark());
    await mkdir(this.#folder, { recursive: true });
    // Whoever evicts must not read half of it.
    await writeFile(path + unfinished, names.join("\n"), { flag: "wx" });
    await rename(path + unfinished, path);
    return { release: () => rm(path, { force: true }) };
  }

  /** The names that are pinned by living processes. What dead ones left is removed. */
  async pinned(): Promise<Set<string>> {
    const pinned = new Set<string>();
    for (const mark of await readdir(this.#folder).catch(noneIfMissing([]))) {
      const path = join(this.#folder, mark);
      if (!isMarkAlive(mark.endsWith(unfinished) ? mark.slice(0, -unfinished.length) : mark)) {
        await rm(path, { force: true });
      } else if (!mark.endsWith(unfinished)) {
        const text = await readFile(path, "utf8").catch(noneIfMissing(""));
        for (const name of text.split("\n")) pinned.add(name);
      }
    }
    return pinned;
  }
}
