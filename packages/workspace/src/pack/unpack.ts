import { pipeline, Readable } from "node:stream";
import { createGunzip, constants } from "node:zlib";
import { CapstanError, limits, toCapstanError } from "@capstan/protocol";
import { errno } from "../errno.js";
import { digestOf } from "../tree/tree-digest.js";
import { ByteReader } from "./byte-reader.js";
import { blobMark, digestBytes, digestText, endMark, lengthBytes, magic } from "./pack-format.js";

/** A blob that arrived whole; its content has its digest. */
export interface UnpackedBlob {
  readonly digest: string;
  readonly content: Uint8Array;
}

/** What a pack may have at most. */
export interface UnpackOptions {
  /** Bytes of one blob; one is in memory at a time. 50 MiB by default. */
  readonly blobBytesMax?: number;
  /** Bytes of all blobs, uncompressed. 64 MiB by default. */
  readonly bytesMax?: number;
  /** 100,000 by default. */
  readonly blobsMax?: number;
}

const defaults = { blobBytesMax: limits.blobBytesMax, bytesMax: 64 * 1_024 * 1_024, blobsMax: 100_000 };

/**
 * The blobs of a pack, one by one, each checked. One that was given is whole and may be kept, whatever becomes of the
 * rest: when the stream breaks, every blob that arrived before is given first, then the stream's own error is thrown. A
 * pack is whole when its end record came.
 * @throws CapstanError `invalid-pack`, `digest-mismatch`, `too-large` (by the announced length, before it is read).
 */
export async function* unpack(
  stream: AsyncIterable<Uint8Array>,
  options: UnpackOptions = {},
): AsyncGenerator<UnpackedBlob> {
  const end: { failure?: Error } = {};
  const reader = new ByteReader(decompress(untilBreak(stream, end)));
  try {
    yield* readRecords(reader, { ...defaults, ...options });
    if (end.failure !== undefined) throw end.failure;
  } catch (error) {
    throw end.failure ?? asPackError(error);
  } finally {
    await reader.close();
  }
}

/** Ends where its stream breaks, and keeps why, so that what is on its way through the decompressor comes out first. */
async function* untilBreak(stream: AsyncIterable<Uint8Array>, end: { failure?: Error }): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    end.failure = error instanceof Error ? error : toCapstanError(error);
  }
}

async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // With this flush a stream that was cut gives all it has; that it was cut is seen by the end record that is missing.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(Readable.from(source, { objectMode: false }), gunzip, () => {});
  yield* gunzip as AsyncIterable<Uint8Array>;
}

async function* readRecords(reader: ByteReader, allowed: Required<UnpackOptions>): AsyncGenerator<UnpackedBlob> {
  if (!(await expect(reader, magic.byteLength)).equals(magic)) throw damaged("it is no pack");
  let blobs = 0;
  let bytes = 0;
  for (;;) {
    const [mark] = await expect(reader, 1);
    if (mark === endMark) break;
    if (mark !== blobMark) throw damaged("it has a record of unknown kind");
    const digest = digestText(await expect(reader, digestBytes));
    const length = (await expect(reader, lengthBytes)).readBigUInt64BE();
    blobs += 1;
    bytes += Number(length);
    checkLimit(blobs, allowed.blobsMax, "blobs");
    checkLimit(Number(length), allowed.blobBytesMax, "bytes in one blob");
    checkLimit(bytes, allowed.bytesMax, "bytes");
    const content = await expect(reader, Number(length));
    checkDigest(digest, content);
    yield { digest, content };
  }
  if ((await expect(reader, lengthBytes)).readBigUInt64BE() !== BigInt(blobs)) throw damaged("blobs are missing");
  if (!(await reader.isAtEnd())) throw damaged("it goes on after its end");
}

async function expect(reader: ByteReader, count: number): Promise<Buffer> {
  const taken = await reader.take(count);
  if (taken === undefined) throw damaged("it is cut short");
  return taken;
}

function checkDigest(digest: string, content: Uint8Array): void {
  const found = digestOf(content);
  if (found === digest) return;
  throw new CapstanError(
    "digest-mismatch",
    `a blob of the pack has the digest ${found}, not ${digest}: send it again`,
    {
      details: { announced: digest, found },
    },
  );
}

function checkLimit(found: number, limit: number, what: string): void {
  if (found <= limit) return;
  throw new CapstanError("too-large", `the pack has more than ${limit} ${what}: send smaller packs`, {
    details: { limit },
  });
}

function damaged(fault: string, cause?: unknown): CapstanError {
  return new CapstanError("invalid-pack", `the pack cannot be read: ${fault}; send what did not arrive again`, {
    cause,
  });
}

function asPackError(thrown: unknown): unknown {
  return errno(thrown)?.startsWith("Z_") === true ? damaged("its compression is damaged", thrown) : thrown;
}
