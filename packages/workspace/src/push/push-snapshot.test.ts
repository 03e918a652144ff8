import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, canonicalJson } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { writeFiles } from "../git-folder.test.support.js";
import { unpack } from "../pack/unpack.js";
import { snapshot } from "../snapshot/snapshot.js";
import { digestOf } from "../tree/tree-digest.js";
import { pushSnapshot, type BlobSink } from "./push-snapshot.js";

/** Keeps blobs as an engine does: those of a pack that came whole before it broke are there. */
class Sink implements BlobSink {
  readonly blobs = new Map<string, Uint8Array>();
  readonly packs: number[] = [];
  /** Packs that break after so many blobs, in turn. */
  breaks: number[] = [];

  async missing(digests: readonly string[]): Promise<string[]> {
    return digests.filter((digest) => !this.blobs.has(digest));
  }

  async put(digest: string, bytes: Uint8Array): Promise<void> {
    expect(digestOf(bytes)).toBe(digest);
    this.blobs.set(digest, bytes);
  }

  async putPack(pack: Uint8Array): Promise<void> {
    const most = this.breaks.shift() ?? Infinity;
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      yield pack;
    };
    let taken = 0;
    for await (const { digest, content } of unpack(stream())) {
      if (taken === most) throw new CapstanError("unreachable", "the connection was lost");
      this.blobs.set(digest, content);
      taken += 1;
    }
    this.packs.push(taken);
  }
}

function suite(use: (root: string, sink: Sink) => Promise<void>): () => Promise<void> {
  return () =>
    withFolder(async (root) => {
      await writeFiles(root, { "a.txt": "a", "b/same": "a", "b/c.sh": "c", "d.txt": "d", link: "→ a.txt" });
      await use(root, new Sink());
    });
}

describe("a snapshot that is pushed", () => {
  test(
    "is there with all its files and its tree, and the second time only what changed is sent",
    suite(async (root, sink) => {
      const first = await pushSnapshot(await snapshot(root), sink);
      expect(first).toMatchObject({ filesMissing: 3, filesSent: 3, bytesSent: 3 });
      const taken = await snapshot(root);
      expect(Buffer.from(sink.blobs.get(first.tree.digest)!).toString()).toBe(canonicalJson(taken.tree));
      expect(first.tree.bytes).toBe(sink.blobs.get(first.tree.digest)!.byteLength);
      for (const { digest } of taken.tree.files) expect(sink.blobs.has(digest)).toBe(true);
      expect(await pushSnapshot(taken, sink)).toMatchObject({ filesMissing: 0, filesSent: 0, tree: first.tree });
      await writeFile(join(root, "d.txt"), "changed");
      const second = await pushSnapshot(await snapshot(root), sink);
      expect(second).toMatchObject({ filesMissing: 1, bytesSent: 7 });
      expect(second.tree.digest).not.toBe(first.tree.digest);
      expect(sink.packs).toEqual([3, 1]);
    }),
  );

  test(
    "goes on where a pack broke, and sends nothing twice that arrived",
    suite(async (root, sink) => {
      sink.breaks = [2, 0];
      const seen: number[] = [];
      const pushed = await pushSnapshot(await snapshot(root), sink, {
        onProgress: ({ filesSent }) => seen.push(filesSent),
      });
      expect([pushed.filesSent, seen, sink.packs]).toEqual([3, [0, 3], [1]]);
    }),
  );

  test(
    "gives up after five tries, and says why",
    suite(async (root, sink) => {
      sink.breaks = [0, 0, 0, 0, 0];
      await expect(pushSnapshot(await snapshot(root), sink)).rejects.toMatchObject({ code: "unreachable" });
      expect(sink.breaks).toEqual([]);
    }),
  );

  test(
    "is refused when a file changed since, and its tree is not sent",
    suite(async (root, sink) => {
      const taken = await snapshot(root);
      await rm(join(root, "d.txt"));
      await expect(pushSnapshot(taken, sink)).rejects.toMatchObject({ code: "file-changed" });
      expect(sink.blobs.has(taken.digest)).toBe(false);
    }),
  );
});
