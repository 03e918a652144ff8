import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobRef } from "@capstan/protocol";
import { makeGate, VirtualClock, withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { digestOf } from "../tree/tree-digest.js";
import { BlobCache } from "./blob-cache.js";

const content = (text: string, bytes = 100): Buffer => Buffer.from(text.repeat(Math.ceil(bytes / text.length)));
const refOf = (bytes: Uint8Array): BlobRef => ({ digest: digestOf(bytes), bytes: bytes.byteLength });
const code = (name: string): unknown => expect.objectContaining({ code: name });

async function putAll(cache: BlobCache, clock: VirtualClock, texts: readonly string[]): Promise<BlobRef[]> {
  const refs: BlobRef[] = [];
  for (const text of texts) {
    await clock.advance(60_000);
    await cache.put(refOf(content(text)), content(text));
    refs.push(refOf(content(text)));
  }
  return refs;
}

/** A process of its own that runs a script with `cache` on the folder, until it prints a line. */
async function startOther(folder: string, script: string): Promise<{ kill(): Promise<void> }> {
  const source = `
    import { createHash } from "node:crypto";
    import { BlobCache } from ${JSON.stringify(new URL("blob-cache.js", import.meta.url).href)};
    const cache = new BlobCache({ folder: ${JSON.stringify(folder)}, bytesMax: 1e6 });
    setInterval(() => {}, 1e6);
    ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    kill: async () => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}

test("keeps what has its digest, read-only, and tells what is missing", async () => {
  await withFolder(async (folder) => {
    const cache = new BlobCache({ folder, bytesMax: 1e6 });
    const [a, b] = [content("a"), content("b")];
    await cache.put(refOf(a), a);
    await cache.put(refOf(a), a);
    expect(await cache.has(refOf(a))).toBe(true);
    expect(await cache.missing([refOf(b), refOf(a), refOf(b)])).toEqual([refOf(b)]);
    await cache.copy(refOf(a), join(folder, "copy"));
    expect(await readFile(join(folder, "copy"))).toEqual(a);
    await expect(cache.copy(refOf(b), join(folder, "other"))).rejects.toEqual(code("blob-missing"));
    const name = refOf(a).digest.slice("sha256:".length);
    expect((await stat(join(folder, "blobs", name.slice(0, 2), name))).mode & 0o777).toBe(0o444);
  });
});

test("keeps nothing of what is other than announced, or breaks", async () => {
  await withFolder(async (folder) => {
    const cache = new BlobCache({ folder, bytesMax: 1e6 });
    const ref = refOf(content("a"));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield content("a").subarray(0, 50);
      throw new Error("connection reset");
    }
    await expect(cache.put(ref, content("b"))).rejects.toEqual(code("digest-mismatch"));
    await expect(cache.put(refOf(content("c")), content("c", 200))).rejects.toEqual(code("digest-mismatch"));
    await expect(cache.put(refOf(content("d")), broken())).rejects.toThrow("connection reset");
    await expect(cache.put({ digest: "sha256:../../x", bytes: 1 }, content("a"))).rejects.toEqual(
      code("invalid-request"),
    );
    expect(await readdir(join(folder, "staging"))).toEqual([]);
    expect(await cache.missing([ref, refOf(content("c")), refOf(content("d"))])).toHaveLength(3);
  });
});

test("a blob of another size than it should have is fetched anew", async () => {
  await withFolder(async (folder) => {
    const cache = new BlobCache({ folder, bytesMax: 1e6 });
    const ref = refOf(content("a"));
    await cache.put(ref, content("a"));
    const name = ref.digest.slice("sha256:".length);
    await writeFile(join(folder, "cut"), "half");
    await rename(join(folder, "cut"), join(folder, "blobs", name.slice(0, 2), name));
    expect(await cache.missing([ref])).toEqual([ref]);
    await cache.put(ref, content("a"));
    expect(await cache.has(ref)).toBe(true);
  });
});

describe("eviction", () => {
  test("takes the least recently used, and what was pinned counts as used", async () => {
    await withFolder(async (folder) => {
      const clock = new VirtualClock();
      const cache = new BlobCache({ folder, bytesMax: 450, clock });
      const [a, b, c] = await putAll(cache, clock, ["a", "b", "c", "d"]);
      await clock.advance(60_000);
      await (await cache.pin([a!])).release();
      // Room is made to nine tenths, and for the new one: two have to go.
      await putAll(cache, clock, ["e"]);
      expect(await cache.missing([a!, b!, c!])).toEqual([b]);
      const smaller = new BlobCache({ folder, bytesMax: 250, clock });
      expect(await smaller.evict()).toHaveLength(2);
      expect(await smaller.has(a!)).toBe(true);
      expect(await smaller.evict()).toEqual([]);
    });
  });

  test("never takes what is pinned: a put that finds no room is refused, and changes nothing", async () => {
    await withFolder(async (folder) => {
      const clock = new VirtualClock();
      const cache = new BlobCache({ folder, bytesMax: 250, clock });
      const refs = await putAll(cache, clock, ["a", "b"]);
      const pin = await cache.pin(refs);
      await expect(cache.put(refOf(content("c")), content("c"))).rejects.toEqual(code("too-large"));
      expect(await cache.missing(refs)).toEqual([]);
      await pin.release();
      await pin.release();
      await cache.put(refOf(content("c")), content("c"));
      expect(await cache.missing(refs)).toEqual([refs[0]]);
      await expect(cache.put(refOf(content("d", 251)), content("d", 251))).rejects.toEqual(code("too-large"));
    });
  });

  test("puts at the same time stay within the limit together", async () => {
    await withFolder(async (folder) => {
      const cache = new BlobCache({ folder, bytesMax: 1_000 });
      const gate = makeGate();
      async function* held(bytes: Buffer): AsyncGenerator<Uint8Array> {
        await gate.opened;
        yield bytes;
      }
      const puts = Array.from({ length: 12 }, (_, at) => content(String.fromCharCode(97 + at)));
      const done = Promise.allSettled(puts.map((bytes) => cache.put(refOf(bytes), held(bytes))));
      gate.open();
      const refused = (await done).filter(({ status }) => status === "rejected").length;
      const missing = await cache.missing(puts.map(refOf));
      expect(missing.length).toBeGreaterThanOrEqual(2);
      expect(missing.length).toBeGreaterThanOrEqual(refused);
    });
  });

  test("counts what another process put", async () => {
    await withFolder(async (folder) => {
      const clock = new VirtualClock();
      const [one, other] = [0, 1].map(() => new BlobCache({ folder, bytesMax: 500, clock }));
      await one!.put(refOf(content("z")), content("z"));
      await putAll(other!, clock, ["a", "b", "c", "d"]);
      await putAll(one!, clock, ["e", "f"]);
      const all = ["z", "a", "b", "c", "d", "e", "f"].map((text) => refOf(content(text)));
      expect(await one!.missing(all)).toEqual(all.slice(0, 2));
    });
  });
});

test("what is not missing once it is pinned stays, whatever is evicted at the same time", async () => {
  await withFolder(async (folder) => {
    const clock = new VirtualClock();
    const cache = new BlobCache({ folder, bytesMax: 1e6, clock });
    const evictors = [0, 1].map(() => new BlobCache({ folder, bytesMax: 0 }));
    const blobs = Array.from({ length: 24 }, (_, at) => content(String.fromCharCode(97 + at)));
    // The last ones are evicted last, so that a pin falls between the choice of a blob and its turn, now and then.
    const needed = blobs.slice(-4).map(refOf);
    let copies = 0;
    for (let round = 0; round < 20; round += 1) {
      for (const bytes of blobs) {
        await clock.advance(1);
        await cache.put(refOf(bytes), bytes);
      }
      const evictions = evictors.map((evictor) => evictor.evict());
      for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
      const pin = await cache.pin(needed);
      const missing = await cache.missing(needed);
      for (const ref of needed.filter((each) => !missing.includes(each))) {
        await cache.copy(ref, join(folder, `copy-${(copies += 1)}`));
      }
      await Promise.all(evictions);
      const missingAfter = await cache.missing(needed);
      expect(missing).toEqual(expect.arrayContaining(missingAfter));
      await pin.release();
    }
    expect(copies).toBeGreaterThan(0);
  });
});

describe("with another process", () => {
  const pinned = content("pinned");
  const script = `
    const ref = { digest: ${JSON.stringify(digestOf(pinned))}, bytes: ${pinned.byteLength} };
    await cache.pin([ref]);
    console.log("ready");`;

  test("what it has pinned stays until it ends, however it ends", async () => {
    await withFolder(async (folder) => {
      const cache = new BlobCache({ folder, bytesMax: 1e6 });
      await cache.put(refOf(pinned), pinned);
      const other = await startOther(folder, script);
      const none = new BlobCache({ folder, bytesMax: 0 });
      expect(await none.evict()).toEqual([]);
      await other.kill();
      expect(await none.evict()).toEqual([digestOf(pinned)]);
      expect(await readdir(join(folder, "pins"))).toEqual([]);
    });
  });

  test("one that is killed in the middle of a put leaves nothing that is found", async () => {
    await withFolder(async (folder) => {
      const other = await startOther(
        folder,
        `async function* slow() { yield Buffer.from("pin"); console.log("begun"); await new Promise(() => {}); }
        await cache.put({ digest: ${JSON.stringify(digestOf(pinned))}, bytes: ${pinned.byteLength} }, slow());`,
      );
      expect(await readdir(join(folder, "staging"))).toHaveLength(1);
      await other.kill();
      const cache = new BlobCache({ folder, bytesMax: 1e6 });
      expect(await cache.has(refOf(pinned))).toBe(false);
      await cache.put(refOf(pinned), pinned);
      expect(await cache.has(refOf(pinned))).toBe(true);
      expect(await readdir(join(folder, "staging"))).toEqual([]);
    });
  });

  test("what one had set apart when it was killed is put back for whoever needs it, and deleted else", async () => {
    await withFolder(async (folder) => {
      const cache = new BlobCache({ folder, bytesMax: 1e6 });
      const other = content("other");
      for (const each of [pinned, other]) {
        await cache.put(refOf(each), each);
        await setApart(folder, digestOf(each).slice("sha256:".length));
      }
      const pin = await cache.pin([refOf(pinned)]);
      expect(await cache.evict()).toEqual([digestOf(other)]);
      expect(await cache.missing([refOf(pinned), refOf(other)])).toEqual([refOf(other)]);
      await pin.release();
    });
  });
});

/** As an eviction does that dies at once: no process has that number. */
async function setApart(folder: string, name: string): Promise<void> {
  await mkdir(join(folder, "evicted"), { recursive: true });
  const apart = join(folder, "evicted", `${name}.4194999-1-${name.slice(0, 12)}`);
  await rename(join(folder, "blobs", name.slice(0, 2), name), apart);
}
