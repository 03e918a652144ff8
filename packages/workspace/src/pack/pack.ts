import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { CapstanError, type BlobRef } from "@capstan/protocol";
import { blobHead, endRecord, magic } from "./pack-format.js";

/** Gives the content of a blob, in parts. */
export type ReadBlob = (digest: string) => AsyncIterable<Uint8Array>;

/** Packs are read once: beyond this level the processor takes longer than a network needs for what it would save. */
const gzipLevel = 1;

/**
 * One pack of the blobs given, in their order, as a stream of compressed bytes. Nothing is read before the stream is,
 * and no more than its reader takes; a reader that stops early ends the reading.
 * @throws CapstanError `digest-mismatch` when `read` gives other content than the digest or size says, and what `read` throws.
 */
export async function* pack(blobs: readonly BlobRef[], read: ReadBlob): AsyncGenerator<Uint8Array> {
  const records = Readable.from(recordsOf(blobs, read), { objectMode: false });
  const gzip = createGzip({ level: gzipLevel });
  // What breaks the records breaks the compressed stream, whose reader is told here.
  pipeline(records, gzip, () => {});
  yield* gzip as AsyncIterable<Uint8Array>;
}

async function* recordsOf(blobs: readonly BlobRef[], read: ReadBlob): AsyncGenerator<Uint8Array> {
  yield magic;
  for (const blob of blobs) {
    yield blobHead(blob.digest, blob.bytes);
    yield* checked(blob, read(blob.digest));
  }
  yield endRecord(blobs.length);
}

/** Never more than was announced: the receiver would take the rest for the next record. */
async function* checked({ digest, bytes }: BlobRef, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let total = 0;
  for await (const part of content) {
    total += part.byteLength;
    if (total > bytes) throw mismatch(digest, `has more than the ${bytes} bytes that were announced`);
    hash.update(part);
    if (part.byteLength > 0) yield part;
  }
  if (total < bytes) throw mismatch(digest, `has ${total} bytes, not the ${bytes} that were announced`);
  if (`sha256:${hash.digest("hex")}` !== digest) throw mismatch(digest, "has other content than its digest says");
}

function mismatch(digest: string, fault: string): CapstanError {
  return new CapstanError("digest-mismatch", `the blob ${digest} ${fault}: take the snapshot again`, {
    details: { digest },
  });
}
