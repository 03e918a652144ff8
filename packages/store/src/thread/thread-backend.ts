import type { Random } from "@capstan/protocol";
import type { Backend, BackendOptions, ReadAnswer, ReadArguments, ReadName } from "../sqlite/backend.js";
import type { PackedBatch } from "../row/packed-batch.js";
import type { PackedMutedChange } from "../sqlite/muted-writer.js";
import type { BlobKey, PruneResult } from "../sqlite/pruner.js";
import type { PackedOpening } from "../sqlite/store-opening.js";
import type { PruneOptions } from "../store.js";
import { StoreThread } from "./store-thread.js";

/** SQL on two threads, one that writes and one that reads; the caller's thread only packs and unpacks rows. */
export class ThreadBackend implements Backend {
  readonly #options: BackendOptions;
  readonly #random: Random;
  #writer: StoreThread | undefined;
  #reader: StoreThread | undefined;

  constructor({ random, ...options }: BackendOptions & { readonly random: Random }) {
    this.#options = options;
    this.#random = random;
  }

  async open(nowMs: number): Promise<PackedOpening> {
    this.#writer = new StoreThread(new URL("./writer-thread.js", import.meta.url), this.#options);
    this.#reader = new StoreThread(new URL("./reader-thread.js", import.meta.url), this.#options);
    try {
      return await this.#writer.call<PackedOpening>("open", nowMs, this.#random.bytes(32));
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  commit(batch: PackedBatch): Promise<void> {
    return this.#writer!.call("commit", batch);
  }

  changeMuted(change: PackedMutedChange): Promise<void> {
    return this.#writer!.call("changeMuted", change);
  }

  prune(options: PruneOptions): Promise<PruneResult> {
    return this.#writer!.call("prune", options);
  }

  findUnused(blobs: readonly BlobKey[]): Promise<readonly BlobKey[]> {
    return this.#writer!.call("findUnused", blobs);
  }

  read<K extends ReadName>(name: K, ...args: ReadArguments<K>): Promise<ReadAnswer<K>> {
    return this.#reader!.call(name, ...args);
  }

  /** The reader first, so that the writer's connection is the last one and folds the log into the database. */
  async close(isClean: boolean): Promise<void> {
    try {
      await this.#reader!.call("close");
      await this.#writer!.call("close", isClean);
    } finally {
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    await Promise.all([this.#writer?.end(), this.#reader?.end()]);
  }
}
