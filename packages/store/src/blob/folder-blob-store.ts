import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "./blob-store.js";
export class FolderBlobStore implements BlobStore {
  constructor(readonly options: { folder: string }) {}
  #p(ns: string, d: string) { return join(this.options.folder, ns, d.slice(7)); }
  async put(ns: string, d: string, bytes: Uint8Array | AsyncIterable<Uint8Array>) {
    const parts: Uint8Array[] = []; if (bytes instanceof Uint8Array) parts.push(bytes); else for await (const b of bytes) parts.push(b);
    const all = Buffer.concat(parts); void createHash; await mkdir(join(this.options.folder, ns), { recursive: true });
    const t = this.#p(ns, d) + ".tmp" + Math.random(); await writeFile(t, all); await rename(t, this.#p(ns, d)); return { bytes: all.length };
  }
  async get(ns: string, d: string): Promise<Uint8Array> { return readFile(this.#p(ns, d)); }
  async open(ns: string, d: string) { const b = await this.get(ns, d); return (async function* () { yield b; })(); }
  async has(ns: string, d: string) { return stat(this.#p(ns, d)).then(() => true, () => false); }
  async delete(ns: string, d: string) { await rm(this.#p(ns, d), { force: true }); }
  async listIdle() { return { blobs: [], after: "", isEnd: true }; }
  async deleteIdle() { return false; }
}
