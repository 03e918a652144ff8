import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CapstanError, makeCheck, Manifest, type BlobRef } from "@capstan/protocol";
import { checkBundle } from "./bundle-path.js";
import { CacheUse } from "./cache-use.js";
import { digestOf, revisionOf } from "./revision-digest.js";

/** Where revisions come from. */
export interface RevisionSource {
  getManifest(revision: string): Promise<Manifest>;
  getBytes(ref: BlobRef): Promise<Uint8Array>;
}

export interface RevisionCacheOptions {
  /** Several workers of one machine may share it. */
  readonly folder: string;
  readonly source: RevisionSource;
  /** Beyond so many bytes the least recently used revisions that nobody uses are deleted. */
  readonly bytesMax: number;
}

/** A revision that lies on disk, every file of it verified. */
export interface CachedRevision {
  readonly manifest: Manifest;
  readonly directory: string;
}

const checkManifest = makeCheck(Manifest, "the manifest", "invalid-manifest");
const fetchesAtOnce = 4;
/** What a fetch that was broken off leaves behind is deleted after so long. */
const stagingMsMax = 3_600_000;

/** Where a worker's revisions come from. */
export interface Revisions {
  /** @throws CapstanError as the source does when it cannot be had. */
  load(revision: string): Promise<CachedRevision>;
  /** Its place is needed no more. */
  drop(revision: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Revisions on disk: `revisions/<id>/manifest.json` and `revisions/<id>/bundle/…`. A revision is put together beside
 * its place and moved there whole, so what stands there is complete; what is found there is verified before it is used.
 */
export class RevisionCache implements Revisions {
  readonly #options: RevisionCacheOptions;
  readonly #use: CacheUse;
  readonly #loading = new Map<string, Promise<CachedRevision>>();

  constructor(options: RevisionCacheOptions) {
    this.#options = options;
    this.#use = new CacheUse(join(options.folder, "use"));
  }

  /**
   * The revision on disk, fetched when it is not there, and kept from then on until `drop`.
   * @throws CapstanError `invalid-path`, `invalid-manifest`, `digest-mismatch`, `unknown-revision`, `unreachable`.
   */
  load(revision: string): Promise<CachedRevision> {
    const known = this.#loading.get(revision);
    if (known !== undefined) return known;
    const loading = this.#load(revision);
    this.#loading.set(revision, loading);
    loading.catch(() => this.#loading.delete(revision));
    return loading;
  }

  /** The revision is not needed here any more. It stays on disk until room is needed. */
  async drop(revision: string): Promise<void> {
    this.#loading.delete(revision);
    await this.#use.end(revision);
  }

  /** Ids of the revisions on disk. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#revisions).catch(() => []);
    return names.filter((name) => /^rev_[0-9a-z]{26}$/.test(name));
  }

  async close(): Promise<void> {
    await this.#use.close();
  }

  /** Deletes the least recently used revisions that nobody uses, until the cache is within its limit. */
  async evict(): Promise<string[]> {
    const held = await Promise.all((await this.list()).map((revision) => this.#measure(revision)));
    const oldestFirst = held.filter((entry) => entry !== undefined).toSorted((a, b) => a.usedAtMs - b.usedAtMs);
    let bytes = oldestFirst.reduce((sum, entry) => sum + entry.bytes, 0);
    const evicted: string[] = [];
    for (const entry of oldestFirst) {
      if (bytes <= this.#options.bytesMax) break;
      if (await this.#use.isUsed(entry.revision)) continue;
      await this.#delete(entry.revision);
      bytes -= entry.bytes;
      evicted.push(entry.revision);
    }
    return evicted;
  }

  get #revisions(): string {
    return join(this.#options.folder, "revisions");
  }

  get #staging(): string {
    return join(this.#options.folder, "staging");
  }

  async #load(revision: string): Promise<CachedRevision> {
    await this.#use.begin(revision);
    try {
      const found = await this.#verify(revision);
      if (found !== undefined) return found;
      const fetched = await this.#fetch(revision);
      await this.evict();
      return fetched;
    } catch (error) {
      await this.#use.end(revision);
      throw error;
    }
  }

  async #verify(revision: string): Promise<CachedRevision | undefined> {
    const directory = join(this.#revisions, revision);
    const text = await readFile(join(directory, "manifest.json"), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const manifest = await verifiedManifest(directory, revision, text);
    if (manifest === undefined) {
      // Something else wrote here. What is wrong is fetched anew.
      await this.#delete(revision);
      return undefined;
    }
    const now = new Date();
    await utimes(join(directory, "manifest.json"), now, now).catch(() => {});
    return { manifest, directory: join(directory, "bundle") };
  }

  async #fetch(revision: string): Promise<CachedRevision> {
    const manifest = checkManifest(await this.#options.source.getManifest(revision));
    if (revisionOf(manifest) !== revision) {
      throw new CapstanError("digest-mismatch", `the manifest that the engine sent is not that of ${revision}`);
    }
    checkBundle(manifest);
    await this.#sweepStaging();
    const staged = join(this.#staging, `${revision}-${randomBytes(6).toString("hex")}`);
    try {
      await this.#fetchFiles(manifest, join(staged, "bundle"));
      await writeFile(join(staged, "manifest.json"), JSON.stringify(manifest));
      await this.#place(staged, revision);
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
    return { manifest, directory: join(this.#revisions, revision, "bundle") };
  }

  async #fetchFiles({ files }: Manifest, bundle: string): Promise<void> {
    await mkdir(bundle, { recursive: true });
    const waiting = [...files];
    const fetchNext = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const content = await this.#options.source.getBytes({ digest: file.digest, bytes: file.bytes });
        const path = join(bundle, ...file.path.split("/"));
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, content, { flag: "wx" });
        if (file.isExecutable === true) await chmod(path, 0o755);
      }
    };
    await Promise.all(Array.from({ length: Math.min(fetchesAtOnce, files.length) }, fetchNext));
  }

  async #place(staged: string, revision: string): Promise<void> {
    await mkdir(this.#revisions, { recursive: true });
    const place = join(this.#revisions, revision);
    try {
      await rename(staged, place);
    } catch {
      // Another worker was first, with the same content; or something else stands there and makes room.
      if ((await this.#verify(revision)) !== undefined) return;
      await this.#delete(revision);
      await rename(staged, place);
    }
  }

  /** Moved away first: nobody finds half of it. */
  async #delete(revision: string): Promise<void> {
    const away = join(this.#staging, `${revision}-${randomBytes(6).toString("hex")}`);
    await mkdir(this.#staging, { recursive: true });
    await rename(join(this.#revisions, revision), away).catch(() => {});
    await rm(away, { recursive: true, force: true });
  }

  async #sweepStaging(): Promise<void> {
    for (const name of await readdir(this.#staging).catch(() => [])) {
      const path = join(this.#staging, name);
      const facts = await stat(path).catch(() => undefined);
      const isOld = facts !== undefined && Date.now() - facts.mtimeMs > stagingMsMax;
      if (isOld) await rm(path, { recursive: true, force: true });
    }
  }

  async #measure(revision: string): Promise<{ revision: string; bytes: number; usedAtMs: number } | undefined> {
    const path = join(this.#revisions, revision, "manifest.json");
    try {
      const [text, facts] = await Promise.all([readFile(path, "utf8"), stat(path)]);
      const { files } = checkManifest(JSON.parse(text));
      return { revision, bytes: files.reduce((sum, file) => sum + file.bytes, text.length), usedAtMs: facts.mtimeMs };
    } catch {
      return { revision, bytes: 0, usedAtMs: 0 };
    }
  }
}

async function verifiedManifest(directory: string, revision: string, text: string): Promise<Manifest | undefined> {
  try {
    const manifest = checkManifest(JSON.parse(text));
    if (revisionOf(manifest) !== revision) return undefined;
    checkBundle(manifest);
    for (const file of manifest.files) {
      const content = await readFile(join(directory, "bundle", ...file.path.split("/")));
      if (content.byteLength !== file.bytes || digestOf(content) !== file.digest) return undefined;
    }
    return manifest;
  } catch {
    return undefined;
  }
}
