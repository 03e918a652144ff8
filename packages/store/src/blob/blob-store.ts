/**
 * Bytes by content: a blob's name is the SHA-256 of its bytes, `sha256:<64 hex digits>`, kept a namespace.
 *
 * Errors: `digest-mismatch` when the bytes are others than announced, `too-large` past `bytesMax`,
 * `not-found` when nothing is stored under the digest, `store-failed` when the disk says no.
 */
export interface BlobStore {
  /** Stores bytes under their digest; synced when it resolves. Storing what is there already does nothing. */
  put(
    namespace: string,
    digest: string,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<{ readonly bytes: number }>;
  get(namespace: string, digest: string): Promise<Uint8Array>;
  /** A stream of its bytes, for large ones. */
  open(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>>;
  has(namespace: string, digest: string): Promise<boolean>;
  delete(namespace: string, digest: string): Promise<void>;
}
