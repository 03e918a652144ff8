import { appendFile, chmod, mkdir, realpath, rename, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { digestOf } from "../tree/tree-digest.js";
import { FileReader } from "./file-reader.js";

const code = (name: string): unknown => expect.objectContaining({ code: name });

async function withReader(use: (reader: FileReader, root: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const root = join(await realpath(folder), "root");
    await mkdir(join(root, "dir"), { recursive: true });
    await writeFile(join(root, "dir", "file"), "content");
    await use(new FileReader(root), root);
  });
}

test("a file that changes while it is read is read again", async () => {
  await withReader(async (reader, root) => {
    let reads = 0;
    const hashed = await reader.hash("dir/file", async () => {
      reads += 1;
      if (reads <= 2) await appendFile(join(root, "dir", "file"), "!");
    });
    expect([hashed?.digest, reads]).toEqual([digestOf("content!!"), 3]);
  });
});

test("one that changes each time is given up, by name", async () => {
  await withReader(async (reader, root) => {
    const hashing = reader.hash("dir/file", () => appendFile(join(root, "dir", "file"), "!"));
    await expect(hashing).rejects.toMatchObject({ code: "file-changed", details: { path: "dir/file" } });
  });
});

test("one that is cut while it is read is noticed", async () => {
  await withReader(async (reader, root) => {
    await writeFile(join(root, "long"), "x".repeat(600_000));
    let isCut = false;
    const hashed = await reader.hash("long", async () => {
      if (!isCut) await writeFile(join(root, "long"), "short");
      isCut = true;
    });
    expect(hashed?.digest).toBe(digestOf("short"));
  });
});

test("one that is gone is no error, one that may not be read is", async () => {
  await withReader(async (reader, root) => {
    expect(await reader.hash("dir/none")).toBeUndefined();
    expect(await reader.hash("dir/file/beneath")).toBeUndefined();
    await chmod(join(root, "dir", "file"), 0);
    // The superuser may read everything.
    if (process.getuid?.() !== 0) await expect(reader.hash("dir/file")).rejects.toEqual(code("unsupported-file"));
  });
});

test("neither a file nor a folder that has become a link is read", async () => {
  await withReader(async (reader, root) => {
    await rename(join(root, "dir"), join(root, "..", "outside"));
    await symlink("../outside", join(root, "dir"));
    await expect(reader.hash("dir/file")).rejects.toEqual(code("file-changed"));
    await unlink(join(root, "dir"));
    await mkdir(join(root, "dir"));
    await symlink("../../outside/file", join(root, "dir", "file"));
    await expect(reader.hash("dir/file")).rejects.toEqual(code("file-changed"));
  });
});
