import { mkdir, readFile, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, type BlobRef, type Manifest } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { RevisionCache, type RevisionSource } from "./revision-cache.js";
import { digestOf, revisionOf } from "./revision-digest.js";

/** Revisions in memory. */
class Source implements RevisionSource {
  readonly manifests = new Map<string, Manifest>();
  readonly blobs = new Map<string, Uint8Array>();
  fetched = 0;

  add(files: Record<string, string>, version = "1"): string {
    const manifest: Manifest = {
      manifestVersion: 1,
      plugin: "p",
      version,
      runtime: "node",
      files: Object.entries(files).map(([path, content]) => {
        const bytes = Buffer.from(content);
        this.blobs.set(digestOf(bytes), bytes);
        return { path, digest: digestOf(bytes), bytes: bytes.byteLength, isExecutable: path.endsWith(".sh") };
      }),
      definitions: [{ name: "d" }],
    };
    this.manifests.set(revisionOf(manifest), manifest);
    return revisionOf(manifest);
  }

  getManifest(revision: string): Promise<Manifest> {
    const manifest = this.manifests.get(revision);
    return manifest === undefined
      ? Promise.reject(new CapstanError("unknown-revision", "there is none"))
      : Promise.resolve(manifest);
  }

  async getBytes({ digest, bytes }: BlobRef): Promise<Uint8Array> {
    this.fetched += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const content = this.blobs.get(digest);
    if (content?.byteLength !== bytes) throw new CapstanError("digest-mismatch", "other bytes");
    return content;
  }
}

async function withCache(
  use: (source: Source, open: (bytesMax?: number) => RevisionCache, folder: string) => Promise<void>,
) {
  await withFolder(async (folder) => {
    const source = new Source();
    const opened: RevisionCache[] = [];
    const open = (bytesMax = 1e9): RevisionCache => {
      const cache = new RevisionCache({ folder, source, bytesMax });
      opened.push(cache);
      return cache;
    };
    await use(source, open, folder);
    for (const cache of opened) await cache.close();
  });
}

describe("the cache of revisions", () => {
  test("fetches once, also when asked at once, and finds it on disk from then on", async () => {
    await withCache(async (source, open) => {
      const revision = source.add({ "a.js": "a", "lib/b.sh": "b" });
      const cache = open();
      const [first, second] = await Promise.all([cache.load(revision), cache.load(revision)]);
      expect(first).toBe(second);
      expect(await readFile(join(first.directory, "lib", "b.sh"), "utf8")).toBe("b");
      const other = await open().load(revision);
      expect([other.directory, source.fetched]).toEqual([first.directory, 2]);
    });
  });

  test("is shared by several workers that fetch the same revision at once", async () => {
    await withCache(async (source, open, folder) => {
      const revision = source.add({ "a.js": "a".repeat(1000), "b.js": "b" });
      const found = await Promise.all([1, 2, 3, 4].map(() => open().load(revision)));
      expect(new Set(found.map(({ directory }) => directory)).size).toBe(1);
      expect(await readdir(join(folder, "revisions"))).toEqual([revision]);
      expect(await readdir(join(folder, "staging"))).toEqual([]);
    });
  });

  test("fetches anew what was changed, cut short or left half", async () => {
    await withCache(async (source, open, folder) => {
      const revision = source.add({ "a.js": "good" });
      const { directory } = await open().load(revision);
      for (const change of ["evil", "go", ""]) {
        await writeFile(join(directory, "a.js"), change);
        await open().load(revision);
        expect(await readFile(join(directory, "a.js"), "utf8")).toBe("good");
      }
      await writeFile(join(folder, "revisions", revision, "manifest.json"), "{");
      await open().load(revision);
      expect(source.fetched).toBe(5);
    });
  });

  test("refuses paths that leave the folder and manifests that are not the revision's, and keeps nothing of them", async () => {
    await withCache(async (source, open, folder) => {
      const evil = source.add({ "../../evil.js": "x" });
      await expect(open().load(evil)).rejects.toMatchObject({ code: "invalid-path" });
      const other = source.add({ "a.js": "a" });
      source.manifests.set(other, { ...source.manifests.get(other)!, version: "2" });
      await expect(open().load(other)).rejects.toMatchObject({ code: "digest-mismatch" });
      const short = source.add({ "b.js": "b" });
      source.blobs.clear();
      await expect(open().load(short)).rejects.toMatchObject({ code: "digest-mismatch" });
      expect(await readdir(join(folder, "revisions")).catch(() => [])).toEqual([]);
      expect(await readdir(join(folder, "staging")).catch(() => [])).toEqual([]);
    });
  });

  test("a failed fetch is tried again by the next load", async () => {
    await withCache(async (source, open) => {
      const cache = open();
      const revision = source.add({ "a.js": "a" });
      const manifest = source.manifests.get(revision)!;
      source.manifests.clear();
      await expect(cache.load(revision)).rejects.toMatchObject({ code: "unknown-revision" });
      source.manifests.set(revision, manifest);
      expect((await cache.load(revision)).manifest).toEqual(manifest);
    });
  });

  test("deletes the least recently used beyond its limit, and nothing that is in use", async () => {
    await withCache(async (source, open, folder) => {
      const cache = open(2_500);
      const revisions = ["1", "2", "3"].map((version) => source.add({ "a.js": "x".repeat(1_000) }, version));
      for (const [at, revision] of revisions.entries()) {
        await cache.load(revision);
        const time = new Date(1_000_000 + at * 1_000);
        await utimes(join(folder, "revisions", revision, "manifest.json"), time, time);
      }
      expect((await cache.list()).toSorted()).toEqual(revisions.toSorted());
      await cache.drop(revisions[1]!);
      expect(await open(2_500).evict()).toEqual([revisions[1]]);
      await cache.drop(revisions[0]!);
      // A mark of a process that is gone protects nothing.
      await mkdir(join(folder, "use", revisions[0]!), { recursive: true });
      await writeFile(join(folder, "use", revisions[0]!, "4194303-dead"), "");
      expect(await open(1_000).evict()).toEqual([revisions[0]]);
      expect(await cache.list()).toEqual([revisions[2]]);
    });
  });

  test("does not touch what a link leads to that stands where a revision should", async () => {
    await withCache(async (source, open, folder) => {
      const revision = source.add({ "a.js": "a" });
      await mkdir(join(folder, "revisions"), { recursive: true });
      await mkdir(join(folder, "elsewhere"));
      await writeFile(join(folder, "elsewhere", "mine.txt"), "keep");
      await symlink(join(folder, "elsewhere"), join(folder, "revisions", revision));
      const { directory } = await open().load(revision);
      expect(await readFile(join(directory, "a.js"), "utf8")).toBe("a");
      expect(await readdir(join(folder, "elsewhere"))).toEqual(["mine.txt"]);
    });
  });
});
