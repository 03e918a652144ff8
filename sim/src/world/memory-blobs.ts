import { CapstanError } from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";

/** Blobs that outlive engines, as on a disk, without the disk's timing. */
export function memoryBlobs(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  const find = (digest: string): Uint8Array => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new CapstanError("not-found", `there is no blob ${digest}`);
    return bytes;
  };
  return {
    async put(_namespace, digest, bytes) {
      if (!(bytes instanceof Uint8Array)) throw new CapstanError("internal", "the simulation stores whole blobs only");
      blobs.set(digest, bytes);
      return { bytes: bytes.length };
    },
    get: async (_namespace, digest) => find(digest),
    async open(_namespace, digest) {
      const bytes = find(digest);
      return (async function* () {
        yield bytes;
      })();
    },
    has: async (_namespace, digest) => blobs.has(digest),
    async delete(_namespace, digest) {
      blobs.delete(digest);
    },
  };
}
