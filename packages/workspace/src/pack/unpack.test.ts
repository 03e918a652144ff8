import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { BlobRef } from "@capstan/protocol";
import { makeGate } from "@capstan/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../tree/tree-digest.js";
import { blobHead, endRecord, magic } from "./pack-format.js";
import { pack } from "./pack.js";
import { unpack, type UnpackedBlob, type UnpackOptions } from "./unpack.js";

const contents = fc.uniqueArray(fc.uint8Array({ maxLength: 300 }), { selector: digestOf, maxLength: 12 });

async function packed(blobs: readonly Uint8Array[]): Promise<Buffer> {
  return Buffer.concat(await collect(pack(blobs.map(refOf), readerOf(blobs))));
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function refOf(content: Uint8Array): BlobRef {
  return { digest: digestOf(content), bytes: content.byteLength };
}

function readerOf(blobs: readonly Uint8Array[]) {
  return async function* (digest: string): AsyncGenerator<Uint8Array> {
    const content = blobs.find((each) => digestOf(each) === digest)!;
    yield content.subarray(0, 7);
    yield content.subarray(7);
  };
}

/** What arrives of a stream, and what breaks it. */
async function receive(
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options?: UnpackOptions,
): Promise<{ blobs: UnpackedBlob[]; error?: unknown }> {
  const blobs: UnpackedBlob[] = [];
  try {
    for await (const blob of unpack(streamOf(parts), options)) blobs.push(blob);
    return { blobs };
  } catch (error) {
    return { blobs, error };
  }
}

async function* streamOf(parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function* split(bytes: Uint8Array, every: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += every) yield bytes.subarray(at, at + every);
}

/** A pack of hand-made records. */
function made(...records: Uint8Array[]): Uint8Array[] {
  return [gzipSync(Buffer.concat([magic, ...records]))];
}

const code = (name: string): unknown => expect.objectContaining({ code: name });

test("what is packed comes out again, wherever the stream is split", async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 400 }), async (blobs, every) => {
      const { blobs: received, error } = await receive(split(await packed(blobs), every));
      expect(error).toBeUndefined();
      expect(received.map(({ content }) => Buffer.from(content))).toEqual(blobs.map((each) => Buffer.from(each)));
      expect(received.map(({ digest }) => digest)).toEqual(blobs.map(digestOf));
    }),
    { numRuns: 60 },
  );
});

test("of a pack that was cut, everything before the cut is given, and then an error", async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.double({ min: 0, max: 0.999, noNaN: true }), async (blobs, share) => {
      const bytes = await packed(blobs);
      const left = bytes.subarray(0, Math.floor(bytes.byteLength * share));
      const { blobs: received, error } = await receive(split(left, 50));
      const arrived = gunzipSync(left, { finishFlush: constants.Z_SYNC_FLUSH }).byteLength;
      // The very last bytes are a checksum of gzip: without it nothing is missing.
      const isWhole = arrived === gunzipSync(bytes).byteLength;
      expect(error).toEqual(isWhole ? undefined : code("invalid-pack"));
      let room = arrived - magic.byteLength;
      const whole = blobs.filter((each) => (room -= 41 + each.byteLength) >= 0);
      expect(received.map(({ digest }) => digest)).toEqual(whole.map(digestOf));
    }),
    { numRuns: 100 },
  );
});

test("damage anywhere gives a typed error, and never a wrong blob", async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.nat(), fc.integer({ min: 1, max: 255 }), async (blobs, at, flip) => {
      const bytes = await packed(blobs);
      bytes[at % bytes.byteLength]! ^= flip;
      const { blobs: received, error } = await receive([bytes]);
      for (const { digest, content } of received) expect(digestOf(content)).toBe(digest);
      // Some fields of a gzip header (time, system) mean nothing.
      if (error === undefined) expect(received).toHaveLength(blobs.length);
      else expect(["invalid-pack", "digest-mismatch", "too-large"]).toContain((error as { code: string }).code);
    }),
    { numRuns: 200 },
  );
});

test("when the network breaks, what had arrived is given before its error is thrown", async () => {
  const blobs = ["first", "second", "third"].map((text) => Buffer.from(text.repeat(20)));
  const bytes = await packed(blobs);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, bytes.byteLength - 8);
    throw new Error("connection reset");
  }
  const { blobs: received, error } = await receive(broken());
  expect(error).toEqual(new Error("connection reset"));
  expect(received).toHaveLength(3);
});

describe("limits", () => {
  const zeros = Buffer.alloc(1_000_000);

  test("a length that lies is refused before it is read", async () => {
    const lie = Buffer.from(blobHead(digestOf("x"), 0));
    lie.fill(0xff, 33);
    expect((await receive(made(lie))).error).toEqual(code("too-large"));
  });

  test("a bomb ends at the limits on one blob, on all and on their number", async () => {
    const one = [blobHead(digestOf(zeros), zeros.byteLength), zeros];
    const end = endRecord(3);
    const bomb = made(...one, ...one, ...one, end);
    expect(bomb[0]!.byteLength).toBeLessThan(10_000);
    expect((await receive(bomb)).blobs).toHaveLength(3);
    expect(await receive(bomb, { blobBytesMax: 999_999 })).toEqual({ blobs: [], error: code("too-large") });
    const { blobs, error } = await receive(bomb, { bytesMax: 2_500_000 });
    expect([blobs.length, error]).toEqual([2, code("too-large")]);
    expect((await receive(bomb, { blobsMax: 2 })).error).toEqual(code("too-large"));
  });

  test("other formats, false counts, unknown records and anything after the end are refused", async () => {
    for (const wrong of [
      [Buffer.from("no gzip at all")],
      [gzipSync(Buffer.from("XXXX"))],
      [],
      made(endRecord(1)),
      made(Buffer.from([7])),
      made(endRecord(0), Buffer.from([0])),
      [...made(endRecord(0)), ...made(endRecord(0))],
    ]) {
      expect((await receive(wrong)).error).toEqual(code("invalid-pack"));
    }
  });

  test("a blob that is not what its digest says is refused", async () => {
    const wrong = made(blobHead(digestOf("x"), 1), Buffer.from("y"), endRecord(1));
    expect(await receive(wrong)).toEqual({ blobs: [], error: code("digest-mismatch") });
  });
});

describe("pack", () => {
  const ref = refOf(Buffer.from("abc"));

  async function* given(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }

  test.each(["abcd", "ab", "abd"])("breaks when the content is %j and not what was announced", async (text) => {
    const sending = collect(pack([ref], () => given(text)));
    await expect(sending).rejects.toEqual(code("digest-mismatch"));
  });

  test("passes on what reading throws", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("ab");
      throw new Error("disk gone");
    }
    await expect(collect(pack([ref], broken))).rejects.toThrow("disk gone");
  });

  test("ends reading when its reader stops", async () => {
    const ended = makeGate();
    const large = { digest: digestOf("large"), bytes: 1e9 };
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (let at = 0; ; at += 1) yield Buffer.from(digestOf(String(at)));
      } finally {
        ended.open();
      }
    }
    for await (const part of pack([large], endless)) {
      expect(part.byteLength).toBeGreaterThan(0);
      break;
    }
    await ended.opened;
  });
});
