import type { BlobFolder, HeldBlob } from "./blob-folder.js";
import type { PinBook } from "./pin-book.js";

export interface Eviction {
  readonly files: BlobFolder;
  readonly pins: PinBook;
  readonly held: readonly HeldBlob[];
  /** So many bytes should go. Less go when the rest is pinned. */
  readonly surplus: number;
}

/**
 * Deletes the least recently used blobs that are not pinned, and what killed processes had set apart. Gives the names of
 * what was deleted, and the bytes of what was chosen.
 */
export async function evictBlobs({
  files,
  pins,
  held,
  surplus,
}: Eviction): Promise<{ names: string[]; bytes: number }> {
  const pinned = await pins.pinned();
  const apart = await files.listAbandoned();
  let bytes = 0;
  for (const blob of held.toSorted((left, right) => left.usedAtMs - right.usedAtMs)) {
    if (bytes >= surplus) break;
    if (pinned.has(blob.name)) continue;
    const moved = await files.setApart(blob.name);
    bytes += blob.bytes;
    if (moved !== undefined) apart.push(moved);
  }
  // Read again: whoever pinned one of them meanwhile, and saw it in its place, counts on it.
  const pinnedNow = apart.length > 0 ? await pins.pinned() : pinned;
  const names: string[] = [];
  for (const each of apart) {
    const name = await files.finishEviction(each, pinnedNow);
    if (name !== undefined) names.push(name);
  }
  return { names, bytes };
}
