import { createHash } from "node:crypto";
import { CapstanError } from "@capstan/protocol/plain";
import type { BlobStore } from "./blob-store.js";

/** Blobs in memory, gone with the process; for tests. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();

  // oxlint-disable-next-line max-params -- the interface has them
  async put(
    namespace: string,
    digest: string,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    bytesMax: number,
  ): Promise<{ readonly bytes: number }> {
    const content = await collect(bytes, bytesMax);
    const actual = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (actual !== digest) {
      throw new CapstanError("digest-mismatch", `the bytes are ${actual}, not ${digest}: send what was announced`);
    }
    this.#blobs.set(`${namespace}/${digest}`, content);
    return { bytes: content.byteLength };
  }

  async get(namespace: string, digest: string): Promise<Uint8Array> {
    const content = this.#blobs.get(`${namespace}/${digest}`);
    if (content !== undefined) return content;
    throw new CapstanError("not-found", `no blob ${digest} is stored in this namespace`, { details: { digest } });
  }

  async open(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>> {
    const content = await this.get(namespace, digest);
    return (async function* () {
      yield content;
    })();
  }

  async has(namespace: string, digest: string): Promise<boolean> {
    return this.#blobs.has(`${namespace}/${digest}`);
  }

  async delete(namespace: string, digest: string): Promise<void> {
    this.#blobs.delete(`${namespace}/${digest}`);
  }
}

async function collect(bytes: Uint8Array | AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of bytes instanceof Uint8Array ? [bytes] : bytes) {
    total += part.byteLength;
    if (total > bytesMax) throw new CapstanError("too-large", `the blob is larger than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
