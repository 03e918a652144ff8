import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMarkAlive, newMark } from "../cache/process-mark.js";
import { isSameStat, type FileStat } from "./file-stat.js";

interface Known {
  readonly stat: FileStat;
  readonly digest: string;
}

/** A known file as it is written: path, size, times of the last change of content and of the entry in ns, inode, digest. */
type Row = readonly [path: string, size: string, mtimeNs: string, ctimeNs: string, inode: string, digest: string];

const cacheBytesMax = 400 * 1_024 * 1_024;
const cacheVersion = 1;

/**
 * Digests of files by what the file system says of them, kept in a file, so that a snapshot reads only what changed
 * since the last one. A file that is changed twice in one tick of the clock, before and after it is read, looks the
 * same: so a file is noted only if its times are older than the beginning of the snapshot, by the clock that stamps
 * files. A cache that is broken, or of another root, counts as empty.
 */
export class StatCache {
  readonly #path: string;
  readonly #root: string;
  readonly #draft: string;
  #beganNs = 0n;
  #known: ReadonlyMap<string, Known> = new Map();
  readonly #noted: Row[] = [];

  private constructor(path: string, root: string) {
    this.#path = path;
    this.#root = root;
    this.#draft = `${path}.${newMark()}`;
  }

  /** Begins a snapshot. Errors of the disk are thrown as they are. */
  static async open(path: string, root: string): Promise<StatCache> {
    const cache = new StatCache(path, root);
    await mkdir(dirname(path), { recursive: true });
    await cache.#sweep();
    await writeFile(cache.#draft, "", { flag: "wx" });
    cache.#beganNs = (await stat(cache.#draft, { bigint: true })).mtimeNs;
    cache.#known = await load(path, root);
    return cache;
  }

  /** The digest of a file that is as it was. */
  find(path: string, stat: FileStat): string | undefined {
    const known = this.#known.get(path);
    return known !== undefined && isSameStat(known.stat, stat) ? known.digest : undefined;
  }

  note(path: string, { size, mtimeNs, ctimeNs, inode }: FileStat, digest: string): void {
    if (mtimeNs >= this.#beganNs || ctimeNs >= this.#beganNs) return;
    this.#noted.push([path, `${size}`, `${mtimeNs}`, `${ctimeNs}`, `${inode}`, digest]);
  }

  /** Writes what was noted in place of what was known; what is not in this snapshot is forgotten. */
  async save(): Promise<void> {
    const rows = this.#noted.map((row) => JSON.stringify(row)).join(",\n");
    const root = JSON.stringify(this.#root);
    await writeFile(this.#draft, `{"cacheVersion":${cacheVersion},"root":${root},"rows":[\n${rows}\n]}\n`);
    await rename(this.#draft, this.#path);
  }

  /** Ends a snapshot, saved or not. */
  async close(): Promise<void> {
    await rm(this.#draft, { force: true });
  }

  /** Removes what killed processes were writing. */
  async #sweep(): Promise<void> {
    const prefix = `${basename(this.#path)}.`;
    for (const name of await readdir(dirname(this.#path))) {
      const mark = name.slice(prefix.length);
      const isDraft = name.startsWith(prefix) && /^\d+-\d+-[0-9a-f]{12}$/.test(mark);
      if (isDraft && !isMarkAlive(mark)) await rm(join(dirname(this.#path), name), { force: true });
    }
  }
}

async function load(path: string, root: string): Promise<ReadonlyMap<string, Known>> {
  try {
    if ((await stat(path)).size > cacheBytesMax) return new Map();
    const {
      cacheVersion: version,
      root: of,
      rows,
    } = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    if (version !== cacheVersion || of !== root || !Array.isArray(rows)) return new Map();
    return new Map(rows.map((row) => knownOf(row as Row)));
  } catch {
    return new Map();
  }
}

/** Throws when a row is no row: then nothing of the cache is believed. */
function knownOf([path, size, mtimeNs, ctimeNs, inode, digest]: Row): [string, Known] {
  if (typeof path !== "string" || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw new TypeError("no row of a cache");
  const stat = { size: BigInt(size), mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), inode: BigInt(inode) };
  return [path, { stat, digest }];
}
