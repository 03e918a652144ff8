import type { BlobRef } from "@capstan/protocol";

/** Values too large for a frame, stored by digest. */
export interface BlobAccess {
  /** Stores a text and gives its digest. Tries again while the engine is away. */
  put(text: string): Promise<string>;
  /** The JSON value of a blob. @throws CapstanError `digest-mismatch`, `blob-missing`, `not-found`. */
  getJson(ref: BlobRef): Promise<unknown>;
}
