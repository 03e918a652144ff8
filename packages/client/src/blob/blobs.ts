import { jsonBody, type Connection } from "../connection/connection.js";

/** What the engine keeps by content: the files of workspaces, large inputs and outputs. */
export class Blobs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Those of the digests (at most 10,000) that are not stored. Asking keeps the others for a day more. */
  async missing(digests: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
    if (digests.length === 0) return [];
    const answer = await this.#connection.call("missingBlobs", { body: jsonBody({ digests }), signal });
    return answer.digests;
  }

  /** Stores bytes under their digest, `sha256:` and 64 digits. @throws CapstanError `digest-mismatch`, `too-large`. */
  async put(digest: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const body = { type: "application/octet-stream", make: () => bytes };
    await this.#connection.call("putBlob", { parameters: { digest }, body, signal });
  }

  /** Stores the blobs of a pack. @throws CapstanError `invalid-pack`, `digest-mismatch`, `too-large`. */
  async putPack(pack: Uint8Array, signal?: AbortSignal): Promise<void> {
    const body = { type: "application/octet-stream", make: () => pack };
    await this.#connection.call("putPack", { body, signal });
  }
}
