import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tree } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { BlobCache } from "../cache/blob-cache.js";
import { digestOf } from "../tree/tree-digest.js";
import { materialise } from "./materialise.js";

const code = (name: string): unknown => expect.objectContaining({ code: name });

interface Bed {
  readonly folder: string;
  readonly cache: BlobCache;
  readonly place: string;
}

function withBed(use: (bed: Bed) => Promise<void>): Promise<void> {
  return withFolder((folder) =>
    use({
      folder,
      cache: new BlobCache({ folder: join(folder, "cache"), bytesMax: 1e6 }),
      place: join(folder, "w", "x"),
    }),
  );
}

async function treeIn(cache: BlobCache, files: Record<string, string>, rest: Partial<Tree> = {}): Promise<Tree> {
  const list = [];
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    await cache.put({ digest: digestOf(bytes), bytes: bytes.byteLength }, bytes);
    const isExecutable = path.endsWith(".sh") ? { isExecutable: true } : {};
    list.push({ path, digest: digestOf(bytes), bytes: bytes.byteLength, ...isExecutable });
  }
  return { treeVersion: 1, files: list, links: [], directories: [], ...rest };
}

test("writes files, modes, links and empty directories, and nothing beside them", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const tree = await treeIn(
      cache,
      { "a/b/run.sh": "#!/bin/sh\n", "a/text": "text", empty: "" },
      {
        links: [{ path: "a/link", target: "b/run.sh" }],
        directories: ["d/e"],
      },
    );
    await materialise(tree, cache, place);
    expect(await readFile(join(place, "a/link"), "utf8")).toBe("#!/bin/sh\n");
    expect(await readlink(join(place, "a/link"))).toBe("b/run.sh");
    expect((await stat(join(place, "a/b/run.sh"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(place, "a/text"))).mode & 0o777).toBe(0o644);
    expect(await readdir(join(place, "d/e"))).toEqual([]);
    expect((await readdir(place)).toSorted()).toEqual(["a", "d", "empty"]);
    expect(await readdir(join(folder, "w"))).toEqual(["x"]);
    expect(await readdir(join(folder, "cache/pins"))).toEqual([]);
  });
});

test("two folders share no file: what is written in one is seen in no other, and not in the cache", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const tree = await treeIn(cache, { file: "original" });
    await materialise(tree, cache, place);
    await appendFile(join(place, "file"), " and more");
    const other = join(folder, "other");
    await materialise(tree, cache, other);
    expect(await readFile(join(other, "file"), "utf8")).toBe("original");
    expect((await lstat(join(other, "file"))).nlink).toBe(1);
  });
});

test("a tree that would write elsewhere is refused before anything is written", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const good = await treeIn(cache, { file: "x" });
    const [file] = good.files;
    await expect(materialise({ ...good, files: [{ ...file!, path: "../x" }] }, cache, place)).rejects.toEqual(
      code("invalid-tree"),
    );
    const through = { ...good, files: [{ ...file!, path: "l/x" }], links: [{ path: "l", target: "m" }] };
    await expect(materialise(through, cache, place)).rejects.toEqual(code("invalid-tree"));
    const out = { ...good, links: [{ path: "l", target: ".." }] };
    await expect(materialise(out, cache, place)).rejects.toEqual(code("unsafe-link"));
    expect(await readdir(folder)).toEqual(["cache"]);
  });
});

test("names the blobs that are missing, and refuses a folder that exists", async () => {
  await withBed(async ({ cache, place }) => {
    const tree = await treeIn(cache, { file: "x" });
    const lost = { path: "lost", digest: digestOf("lost"), bytes: 4 };
    await expect(materialise({ ...tree, files: [...tree.files, lost] }, cache, place)).rejects.toMatchObject({
      code: "blob-missing",
      details: { count: 1, digests: [lost.digest] },
    });
    await mkdir(place, { recursive: true });
    await expect(materialise(tree, cache, place)).rejects.toEqual(code("invalid-config"));
    expect(await readdir(place)).toEqual([]);
  });
});

test("leaves nothing when it is broken off or the disk refuses in the middle", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const tree = await treeIn(
      cache,
      Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`f${at + 100}`, `${at}`])),
    );
    const stopping = new AbortController();
    const done = materialise(tree, cache, place, { signal: stopping.signal, filesAtOnce: 2 });
    stopping.abort(new Error("not wanted any more"));
    await expect(done).rejects.toThrow("not wanted any more");
    // A link's target that no file system takes: long parts pass the tree's rules, since a target need not exist.
    const refused = { ...tree, links: [{ path: "z", target: "y/".repeat(2_500) }] };
    await expect(materialise(refused, cache, place)).rejects.toThrow("ENAMETOOLONG");
    expect(await readdir(join(folder, "w")).catch(() => [])).toEqual([]);
    expect(await readdir(join(folder, "cache/pins"))).toEqual([]);
  });
});

test("of two at the same place one wins whole, the other is refused", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const tree = await treeIn(cache, { file: "x" });
    const ends = await Promise.allSettled([materialise(tree, cache, place), materialise(tree, cache, place)]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(ends.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "invalid-config" } });
    expect(await readdir(join(folder, "w"))).toEqual(["x"]);
  });
});

test("what a killed process left beside is removed, what a living one builds is not", async () => {
  await withBed(async ({ cache, place, folder }) => {
    const tree = await treeIn(cache, { file: "x" });
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6); console.log('up')"]);
    await once(child.stdout, "data");
    const start = (await readFile(`/proc/${child.pid}/stat`, "utf8").catch(() => "")).split(" ")[21] ?? "0";
    const left = `.capstan-partial-${child.pid}-${start}-00ff`;
    await mkdir(join(folder, "w", left), { recursive: true });
    await writeFile(join(folder, "w", left, "half"), "");
    await materialise(tree, cache, place);
    expect(await readdir(join(folder, "w"))).toContain(left);
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    await materialise(tree, cache, join(folder, "w", "y"));
    expect((await readdir(join(folder, "w"))).toSorted()).toEqual(["x", "y"]);
  });
});
