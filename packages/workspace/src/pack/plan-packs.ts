import type { BlobRef } from "@capstan/protocol";

export interface PackPlanOptions {
  /** Bytes of content in one pack, 4 MiB by default; a blob that is larger gets a pack of its own. */
  readonly packBytes?: number;
  /** Blobs in one pack, 10,000 by default. */
  readonly packBlobsMax?: number;
}

/**
 * Splits blobs into packs for sending several at a time. Each blob is in one pack, once; the order is kept, since files
 * of one folder are alike and compress well together. Large blobs come first: they take longest.
 */
export function planPacks(
  missing: readonly BlobRef[],
  { packBytes = 4 * 1_024 * 1_024, packBlobsMax = 10_000 }: PackPlanOptions = {},
): BlobRef[][] {
  const unique = [...new Map(missing.map((blob) => [blob.digest, blob])).values()];
  const alone = unique.filter(({ bytes }) => bytes >= packBytes).map((blob) => [blob]);
  const shared: BlobRef[][] = [];
  let room = 0;
  for (const blob of unique) {
    if (blob.bytes >= packBytes) continue;
    let current = shared.at(-1);
    if (current === undefined || blob.bytes > room || current.length >= packBlobsMax) {
      current = [];
      shared.push(current);
      room = packBytes;
    }
    current.push(blob);
    room -= blob.bytes;
  }
  return [...alone, ...shared];
}
