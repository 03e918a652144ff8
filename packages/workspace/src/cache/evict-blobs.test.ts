import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { BlobFolder } from "./blob-folder.js";
import { evictBlobs } from "./evict-blobs.js";
import { PinBook } from "./pin-book.js";

const names = ["a", "b", "c"].map((digit) => digit.repeat(64));

/** Somebody pins something right after the pins were read for the first time. */
class OvertakenPins extends PinBook {
  reads = 0;

  constructor(
    folder: string,
    readonly late: readonly string[],
  ) {
    super(folder);
  }

  override async pinned(): Promise<Set<string>> {
    const pinned = await super.pinned();
    this.reads += 1;
    if (this.reads === 1) await this.pin(this.late);
    return pinned;
  }
}

async function fill(folder: string): Promise<BlobFolder> {
  const files = new BlobFolder(folder);
  for (const name of names) {
    const staged = await files.stage();
    await writeFile(staged, name);
    await files.place(staged, name);
  }
  return files;
}

test("a blob that is pinned after it was chosen is put back", async () => {
  await withFolder(async (folder) => {
    const files = await fill(folder);
    const pins = new OvertakenPins(join(folder, "pins"), names.slice(0, 1));
    const evicted = await evictBlobs({ files, pins, held: await files.list(), surplus: 1e6 });
    expect(evicted.names.toSorted()).toEqual(names.slice(1));
    expect((await files.look(names[0]!))?.bytes).toBe(64);
    expect(await readdir(join(folder, "evicted"))).toEqual([]);
  });
});

test("one that is pinned is never touched, so that whoever copies it finds it in its place", async () => {
  await withFolder(async (folder) => {
    const files = await fill(folder);
    const pins = new PinBook(join(folder, "pins"));
    await pins.pin(names.slice(1));
    const { names: evicted } = await evictBlobs({ files, pins, held: await files.list(), surplus: 1 });
    expect(evicted).toEqual(names.slice(0, 1));
    expect(await files.list()).toHaveLength(2);
  });
});

test("one that is set apart can still be copied, and is in its place again", async () => {
  await withFolder(async (folder) => {
    const files = await fill(folder);
    const apart = await files.setApart(names[0]!);
    expect(await files.look(names[0]!)).toBeUndefined();
    expect(await files.copy(names[0]!, join(folder, "copy"))).toBe(true);
    expect(await files.look(names[0]!)).toBeDefined();
    // The eviction comes too late: it deletes nothing that somebody has taken back.
    await files.finishEviction(apart!, new Set());
    expect(await files.look(names[0]!)).toBeDefined();
    expect(await files.copy("d".repeat(64), join(folder, "none"))).toBe(false);
  });
});
