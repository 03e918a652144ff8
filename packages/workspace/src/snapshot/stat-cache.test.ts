import { copyFile, mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { passTick, writeFiles } from "../git-folder.test.support.js";
import { snapshot, type Snapshot } from "./snapshot.js";

interface Bed {
  readonly folder: string;
  readonly root: string;
  readonly cache: string;
  readonly take: () => Promise<Snapshot>;
}

async function withBed(use: (bed: Bed) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const root = join(folder, "root");
    const cache = join(folder, "state", "stat-cache.json");
    await mkdir(root);
    await writeFiles(
      root,
      Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`d${at % 7}/f${at}`, `text ${at}`])),
    );
    await passTick(folder);
    await use({ folder, root, cache, take: () => snapshot(root, { statCache: cache }) });
  });
}

test("only what changed is read again", async () => {
  await withBed(async ({ root, folder, take }) => {
    const first = await take();
    expect(first.hashedFiles).toBe(50);
    const second = await take();
    expect([second.hashedFiles, second.digest]).toEqual([0, first.digest]);
    await writeFile(join(root, "d3/f3"), "text X");
    await writeFile(join(root, "new"), "new");
    await unlink(join(root, "d4/f4"));
    await passTick(folder);
    const third = await take();
    expect([third.hashedFiles, third.tree.files.length]).toEqual([2, 50]);
    expect(third.digest).toBe((await snapshot(root)).digest);
    expect((await take()).hashedFiles).toBe(0);
  });
});

test("a change that keeps size and time of change is noticed", async () => {
  await withBed(async ({ root, folder, take }) => {
    const first = await take();
    const { atime, mtime } = await stat(join(root, "d3/f3"));
    await writeFile(join(root, "d3/f3"), "TEXT 3");
    await utimes(join(root, "d3/f3"), atime, mtime);
    // Another file in its place, as old and as large.
    await copyFile(join(root, "d5/f5"), join(folder, "other"));
    await utimes(join(folder, "other"), atime, mtime);
    await rename(join(folder, "other"), join(root, "d4/f4"));
    const second = await take();
    expect(second.hashedFiles).toBe(2);
    expect(second.digest).not.toBe(first.digest);
    expect(second.digest).toBe((await snapshot(root)).digest);
  });
});

test("a file that is as young as the snapshot is not trusted the next time", async () => {
  await withBed(async ({ root, take }) => {
    // Its time is ahead of the clock, so that no later change in the same tick could be told from it.
    const ahead = new Date(Date.now() + 3_600_000);
    await utimes(join(root, "d3/f3"), ahead, ahead);
    await take();
    expect((await take()).hashedFiles).toBe(1);
  });
});

test("a broken cache, one of another root, and what a killed process left count for nothing", async () => {
  await withBed(async ({ root, folder, cache, take }) => {
    await take();
    await rename(root, `${root}2`);
    expect((await snapshot(`${root}2`, { statCache: cache })).hashedFiles).toBe(50);
    await rename(`${root}2`, root);
    for (const broken of ["", "{", '{"cacheVersion":1,"root":0,"rows":[]}', await cutOff(cache)]) {
      await writeFile(cache, broken);
      expect((await take()).hashedFiles).toBe(50);
    }
    await writeFile(`${cache}.4194999-1-00112233aabb`, "");
    await take();
    expect(await readdir(join(folder, "state"))).toEqual(["stat-cache.json"]);
  });
});

async function cutOff(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  return text.slice(0, text.length / 2);
}

test("a cache within the root is no part of the snapshot", async () => {
  await withBed(async ({ root, folder }) => {
    const statCache = join(root, "cache.json");
    const first = await snapshot(root, { statCache });
    await passTick(folder);
    const second = await snapshot(root, { statCache });
    expect([second.digest, second.tree.files.length, second.hashedFiles]).toEqual([first.digest, 50, 0]);
  });
});
