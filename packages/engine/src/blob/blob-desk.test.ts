import { once } from "node:events";
import { join } from "node:path";
import { FolderBlobStore } from "@capstan/store";
import { withFolder } from "@capstan/testkit";
import { digestOf, pack, unpack } from "@capstan/workspace";
import { describe, expect, it } from "vitest";
import { BlobDesk } from "./blob-desk.js";

const namespace = "default";
const contents = ["", "one", "two".repeat(40_000), "three"].map((text) => Buffer.from(text));
const refs = contents.map((content) => ({ digest: digestOf(content), bytes: content.byteLength }));

async function* read(digest: string): AsyncGenerator<Uint8Array> {
  yield contents[refs.findIndex((ref) => ref.digest === digest)]!;
}

async function packOf(which: typeof refs): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of pack(which, read)) parts.push(part);
  return Buffer.concat(parts);
}

async function* stream(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function withDesk(use: (desk: BlobDesk) => Promise<void>): () => Promise<void> {
  return () => withFolder((folder) => use(new BlobDesk(new FolderBlobStore({ folder: join(folder, "blobs") }))));
}

const digests = refs.map(({ digest }) => digest);

describe("blobs in packs", () => {
  it(
    "are stored, and given in packs again",
    withDesk(async (desk) => {
      expect(await desk.missing(namespace, digests)).toEqual(digests);
      expect(await desk.putPack(namespace, stream(await packOf(refs)))).toEqual({ blobs: 4 });
      expect(await desk.missing(namespace, digests)).toEqual([]);
      expect(await desk.missing("other", digests)).toEqual(digests);
      const given: [string, number][] = [];
      for await (const { digest, content } of unpack(await desk.openPack(namespace, refs.slice(1)))) {
        given.push([digest, content.byteLength]);
      }
      expect(given).toEqual(refs.slice(1).map(({ digest, bytes }) => [digest, bytes]));
    }),
  );

  it(
    "are stored as far as they came before their pack broke",
    withDesk(async (desk) => {
      const whole = await packOf(refs);
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield whole.subarray(0, whole.byteLength - 12);
        throw new Error("the connection was lost");
      };
      await expect(desk.putPack(namespace, broken())).rejects.toThrow("the connection was lost");
      const missing = await desk.missing(namespace, digests);
      expect(missing.length).toBeLessThan(digests.length);
      expect(await desk.putPack(namespace, stream(await packOf(refs)))).toEqual({ blobs: 4 });
    }),
  );

  it.each([
    ["what is no pack", Buffer.from("hello"), "invalid-pack"],
    ["nothing", Buffer.alloc(0), "invalid-pack"],
  ])("are refused as %s", (_, bytes, code) =>
    withDesk(async (desk) => {
      await expect(desk.putPack(namespace, stream(bytes))).rejects.toMatchObject({ code });
    })(),
  );

  it(
    "are taken from so many at a time: another is asked to come again, and gets its turn",
    withDesk(async (desk) => {
      const whole = await packOf(refs);
      const turns = new AbortController();
      const slow = async function* (): AsyncGenerator<Uint8Array> {
        if (!turns.signal.aborted) await once(turns.signal, "abort");
        yield whole;
      };
      const packs = Array.from({ length: 8 }, () => desk.putPack(namespace, slow()));
      await expect(desk.putPack(namespace, stream(whole))).rejects.toMatchObject({ code: "overloaded" });
      turns.abort();
      await Promise.all(packs);
      expect(await desk.putPack(namespace, stream(whole))).toEqual({ blobs: 4 });
    }),
  );

  it(
    "are asked for by name: one that is not here is named before anything is given",
    withDesk(async (desk) => {
      await desk.putPack(namespace, stream(await packOf(refs.slice(0, 2))));
      await expect(desk.openPack(namespace, refs)).rejects.toMatchObject({
        code: "blob-missing",
        details: { count: 2, digests: digests.slice(2) },
      });
      const much = refs.slice(0, 2).map((ref) => ({ ...ref, bytes: 40 * 1024 * 1024 }));
      await expect(desk.openPack(namespace, much)).rejects.toMatchObject({ code: "too-large" });
    }),
  );
});
