import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { git, writeFiles } from "../git-folder.test.support.js";
import { digestOf, treeDigest } from "../tree/tree-digest.js";
import { snapshot, type Snapshot } from "./snapshot.js";

const code = (name: string, message = ""): unknown =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) as string });

function pathsOf({ tree }: Snapshot): string[] {
  return [...tree.files, ...tree.links].map(({ path }) => path).toSorted();
}

async function withRoot(files: Record<string, string>, use: (root: string, folder: string) => Promise<void>) {
  await withFolder(async (folder) => {
    const root = join(folder, "root");
    await mkdir(root);
    await writeFiles(root, files);
    await use(root, folder);
  });
}

async function textOf(taken: Snapshot, path: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of taken.read(taken.tree.files.find((file) => file.path === path)!.digest)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("of a folder", () => {
  test("takes everything but .git: content, executable bits, links and empty directories", async () => {
    const files = {
      "b/run.sh": "#!/bin/sh\n",
      ".hidden": "h",
      "b/link": "→ ../.hidden",
      "a b/ü": "",
      "n/.git/config": "",
    };
    await withRoot(files, async (root) => {
      await mkdir(join(root, "empty/inner"), { recursive: true });
      const taken = await snapshot(root);
      expect(taken.tree).toEqual({
        treeVersion: 1,
        files: [
          { path: ".hidden", digest: digestOf("h"), bytes: 1 },
          { path: "a b/ü", digest: digestOf(""), bytes: 0 },
          { path: "b/run.sh", digest: digestOf("#!/bin/sh\n"), bytes: 10, isExecutable: true },
        ],
        links: [{ path: "b/link", target: "../.hidden" }],
        directories: ["empty/inner", "n"],
      });
      expect(taken).toMatchObject({ digest: treeDigest(taken.tree), bytes: 11, hashedFiles: 3, skipped: [] });
      expect(await textOf(taken, "b/run.sh")).toBe("#!/bin/sh\n");
      expect(() => taken.read(digestOf("other"))).toThrow(expect.objectContaining({ code: "not-found" }));
    });
  });

  test("takes what the globs include and not what they exclude, each with all beneath", async () => {
    const files = { "src/a.rb": "", "src/deep/b.rb": "", "src/tmp/c": "", "lib/.d.rb": "", "e.log": "" };
    await withRoot(files, async (root) => {
      const taken = async (include: string[], exclude: string[]) => pathsOf(await snapshot(root, { include, exclude }));
      expect(await taken([], [])).toHaveLength(5);
      expect(await taken(["src"], ["**/tmp"])).toEqual(["src/a.rb", "src/deep/b.rb"]);
      expect(await taken(["**/*.rb"], ["src/deep/**"])).toEqual(["lib/.d.rb", "src/a.rb"]);
      expect(await taken(["{lib,*.log}"], [])).toEqual(["e.log", "lib/.d.rb"]);
      for (const wrong of ["!src", "/src", "./src", "src/", ""]) {
        await expect(snapshot(root, { exclude: [wrong] })).rejects.toEqual(
          code("invalid-config", JSON.stringify(wrong)),
        );
      }
    });
  });

  test("refuses sockets and pipes by name, or skips them", async () => {
    await withRoot({ file: "x" }, async (root) => {
      execFileSync("mkfifo", [join(root, "pipe")]);
      const server = createServer().listen(join(root, "socket"));
      await once(server, "listening");
      try {
        await expect(snapshot(root, { exclude: ["pipe"] })).rejects.toEqual(code("unsupported-file", '"socket"'));
        await expect(snapshot(root, { exclude: ["socket"] })).rejects.toEqual(code("unsupported-file", '"pipe"'));
        const taken = await snapshot(root, { specialFiles: "skip" });
        expect([pathsOf(taken), taken.skipped]).toEqual([["file"], ["pipe", "socket"]]);
      } finally {
        server.close();
      }
    });
  });

  test("refuses names that are not text", async () => {
    await withRoot({ file: "x" }, async (root) => {
      await writeFile(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), "x");
      await expect(snapshot(root)).rejects.toEqual(code("unsupported-file", "UTF-8"));
      expect(pathsOf(await snapshot(root, { exclude: ["bad*"] }))).toEqual(["file"]);
    });
  });

  test("ends at its limits before it reads", async () => {
    await withRoot({ a: "12345", b: "12345", c: "1" }, async (root) => {
      await expect(snapshot(root, { limits: { filesMax: 2 } })).rejects.toEqual(code("too-large", "2 files"));
      await expect(snapshot(root, { limits: { bytesMax: 10 } })).rejects.toEqual(code("too-large", "11 bytes"));
      await expect(snapshot(root, { limits: { fileBytesMax: 4 } })).rejects.toEqual(code("too-large", '"a"'));
      expect((await snapshot(root, { limits: { filesMax: 3, bytesMax: 11, fileBytesMax: 5 } })).bytes).toBe(11);
      await expect(snapshot(root, { limits: { bytesMax: -1 } })).rejects.toEqual(code("invalid-config"));
    });
  });

  test("says what is wrong with a root", async () => {
    await withRoot({ file: "x" }, async (root) => {
      await expect(snapshot(join(root, "none"))).rejects.toEqual(code("not-found", "ENOENT"));
      await expect(snapshot(join(root, "file"))).rejects.toEqual(code("not-found", "no folder"));
      await expect(snapshot(root, { files: "git" })).rejects.toEqual(code("invalid-config", "no Git work tree"));
      await expect(snapshot(root, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
    });
  });
});

describe("links", () => {
  test.each(["/etc/hostname", "..", "../outside", "sub/../../outside"])("to %s are refused", async (target) => {
    await withRoot({ "sub/file": "x", link: `→ ${target}` }, async (root, folder) => {
      await writeFile(join(folder, "outside"), "secret");
      await expect(snapshot(root)).rejects.toEqual(code("unsafe-link", '"link"'));
      expect(pathsOf(await snapshot(root, { exclude: ["link"] }))).toEqual(["sub/file"]);
    });
  });

  test("to folders are kept and not entered", async () => {
    await withRoot({ "real/file": "x", linked: "→ real", "real/up": "→ ..", gone: "→ nowhere" }, async (root) => {
      expect(pathsOf(await snapshot(root))).toEqual(["gone", "linked", "real/file", "real/up"]);
    });
  });
});

describe("of a Git work tree", () => {
  async function withRepository(files: Record<string, string>, use: (root: string, folder: string) => Promise<void>) {
    await withRoot(files, async (root, folder) => {
      git(root, "init", "--quiet");
      git(root, "add", ".");
      git(root, "commit", "--quiet", "-m", "first");
      await use(root, folder);
    });
  }

  test("takes tracked files as they are now and untracked ones, not what is ignored or deleted", async () => {
    const files = {
      ".gitignore": "*.log\ntmp/\n",
      kept: "old",
      gone: "x",
      "dir/run.sh": "",
      'dir/ü \t"': "",
      l: "→ kept",
    };
    await withRepository(files, async (root) => {
      await writeFiles(root, { kept: "new", fresh: "x", "a.log": "x", "tmp/x": "x", "forced.log": "x" });
      git(root, "add", "-f", "forced.log");
      await unlink(join(root, "gone"));
      const taken = await snapshot(root);
      expect(pathsOf(taken)).toEqual([".gitignore", "dir/run.sh", 'dir/ü \t"', "forced.log", "fresh", "kept", "l"]);
      expect(await textOf(taken, "kept")).toBe("new");
      expect(taken.tree.files.filter(({ isExecutable }) => isExecutable)).toHaveLength(1);
      expect(pathsOf(await snapshot(root, { files: "all" }))).toContain("tmp/x");
      expect(pathsOf(await snapshot(join(root, "dir")))).toEqual(["run.sh", 'ü \t"']);
    });
  });

  test("reads nothing beneath a folder that has become a link", async () => {
    await withRepository({ "dir/file": "inside", other: "x" }, async (root, folder) => {
      await writeFiles(folder, { "elsewhere/file": "secret" });
      await rm(join(root, "dir"), { recursive: true });
      await symlink("../elsewhere", join(root, "dir"));
      await expect(snapshot(root)).rejects.toEqual(code("unsafe-link", '"dir"'));
      expect(pathsOf(await snapshot(root, { exclude: ["dir"] }))).toEqual(["other"]);
      await rm(join(root, "dir"));
      await writeFiles(root, { "moved/file": "inside", dir: "→ moved" });
      expect(pathsOf(await snapshot(root))).toEqual(["dir", "moved/file", "other"]);
    });
  });

  test("refuses submodules and clones within by name, or skips them", async () => {
    await withRepository({ file: "x" }, async (root, folder) => {
      await writeFiles(folder, { "library/lib.rb": "x" });
      const library = join(folder, "library");
      git(library, "init", "--quiet");
      git(library, "add", ".");
      git(library, "commit", "--quiet", "-m", "first");
      git(root, "submodule", "--quiet", "add", library, "vendor/library");
      await expect(snapshot(root)).rejects.toEqual(code("unsupported-file", '"vendor/library" is a submodule'));
      const taken = await snapshot(root, { submodules: "skip" });
      expect([pathsOf(taken), taken.skipped]).toEqual([[".gitmodules", "file"], ["vendor/library"]]);
      expect(pathsOf(await snapshot(root, { exclude: ["vendor"] }))).toEqual([".gitmodules", "file"]);
      git(root, "clone", "--quiet", library, "clone");
      await expect(snapshot(root, { exclude: ["vendor"] })).rejects.toEqual(code("unsupported-file", '"clone"'));
      expect(pathsOf(await snapshot(root, { files: "all", exclude: ["vendor"] }))).toContain("clone/lib.rb");
    });
  });

  test("takes an unmerged file once", async () => {
    await withRepository({ file: "base\n" }, async (root) => {
      git(root, "checkout", "--quiet", "-b", "other");
      await writeFiles(root, { file: "theirs\n" });
      git(root, "commit", "--quiet", "-am", "theirs");
      git(root, "checkout", "--quiet", "-");
      await writeFiles(root, { file: "ours\n" });
      git(root, "commit", "--quiet", "-am", "ours");
      expect(() => git(root, "merge", "other")).toThrow();
      expect(pathsOf(await snapshot(root))).toEqual(["file"]);
    });
  });

  test("says what to do when there is no git, and needs none outside a work tree", async () => {
    await withRepository({ file: "x" }, async (root, folder) => {
      const path = process.env["PATH"];
      process.env["PATH"] = join(folder, "nothing-here");
      try {
        await expect(snapshot(root)).rejects.toEqual(code("unsupported", "install it"));
        await rename(join(root, ".git"), join(folder, "moved"));
        expect(pathsOf(await snapshot(root))).toEqual(["file"]);
      } finally {
        process.env["PATH"] = path;
      }
    });
  });

  test("is not led elsewhere by the variables of a hook", async () => {
    await withRepository({ file: "x" }, async (root, folder) => {
      process.env["GIT_DIR"] = join(folder, "nothing-here");
      try {
        expect(pathsOf(await snapshot(root))).toEqual(["file"]);
      } finally {
        delete process.env["GIT_DIR"];
      }
    });
  });
});

test("what is read later must be as it was", async () => {
  await withRoot({ file: "x", grown: "x".repeat(700_000) }, async (root) => {
    const taken = await snapshot(root);
    await writeFile(join(root, "file"), "yy");
    await expect(textOf(taken, "file")).rejects.toEqual(code("file-changed", '"file"'));
    await unlink(join(root, "file"));
    await expect(textOf(taken, "file")).rejects.toEqual(code("file-changed", '"file"'));
    const parts = taken.read(taken.tree.files.find(({ path }) => path === "grown")!.digest)[Symbol.asyncIterator]();
    await parts.next();
    await appendFile(join(root, "grown"), "more");
    await parts.next();
    await parts.next();
    await expect(parts.next()).rejects.toEqual(code("file-changed", '"grown"'));
  });
});
