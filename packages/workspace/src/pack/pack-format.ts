/*
 * A pack is one gzip stream of: the magic, then a record for each blob, then the end record.
 *
 *   magic    4 bytes  "CPK1"
 *   blob     1 byte   1, then 32 bytes digest (SHA-256), 8 bytes length (big endian), then the content
 *   end      1 byte   0, then 8 bytes number of blobs (big endian)
 *
 * Each blob proves itself by its digest; the end record tells a whole pack from one that was cut between two blobs.
 */
export const magic = Buffer.from("CPK1", "latin1");
export const blobMark = 1;
export const endMark = 0;
export const digestBytes = 32;
export const lengthBytes = 8;

const prefix = "sha256:";

/** The head of a blob's record. */
export function blobHead(digest: string, bytes: number): Buffer {
  const head = Buffer.alloc(1 + digestBytes + lengthBytes);
  head[0] = blobMark;
  head.write(digest.slice(prefix.length), 1, "hex");
  head.writeBigUInt64BE(BigInt(bytes), 1 + digestBytes);
  return head;
}

/** The record at a pack's end. */
export function endRecord(blobs: number): Buffer {
  const record = Buffer.alloc(1 + lengthBytes);
  record[0] = endMark;
  record.writeBigUInt64BE(BigInt(blobs), 1);
  return record;
}

export function digestText(raw: Uint8Array): string {
  return prefix + Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("hex");
}
