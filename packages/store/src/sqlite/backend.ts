import type { Random } from "@capstan/protocol";
import type { PruneOptions } from "../store.js";
import type { Tuning } from "./database.js";
import type { PackedBatch } from "../row/packed-batch.js";
import type { PackedMutedChange } from "./muted-writer.js";
import type { BlobKey, PruneResult } from "./pruner.js";
import { RowReader } from "./row-reader.js";
import type { PackedOpening } from "./store-opening.js";
import { guard } from "./store-failure.js";
import { StoreWriter, type Place } from "./store-writer.js";

type Reads = Omit<RowReader, "never">;
export type ReadName = keyof Reads;
export type ReadArguments<K extends ReadName> = Parameters<Reads[K]>;
export type ReadAnswer<K extends ReadName> = ReturnType<Reads[K]>;

/** Where the SQL runs: on the caller's thread or on threads of its own. Rows cross it packed. */
export interface Backend {
  open(nowMs: number): Promise<PackedOpening>;
  commit(batch: PackedBatch): Promise<void>;
  changeMuted(change: PackedMutedChange): Promise<void>;
  prune(options: PruneOptions): Promise<PruneResult>;
  findUnused(blobs: readonly BlobKey[]): Promise<readonly BlobKey[]>;
  read<K extends ReadName>(name: K, ...args: ReadArguments<K>): Promise<ReadAnswer<K>>;
  close(isClean: boolean): Promise<void>;
}

export interface BackendOptions {
  readonly place: Place;
  readonly tuning?: Tuning;
}

/** Calls a read by its name. */
export function runRead<K extends ReadName>(reader: RowReader, name: K, args: ReadArguments<K>): ReadAnswer<K> {
  const read = reader[name] as (...values: ReadArguments<K>) => ReadAnswer<K>;
  return read.apply(reader, args);
}

/** SQL on the caller's thread, one connection for all. Every call blocks it until the disk has answered. */
export class InlineBackend implements Backend {
  readonly #options: BackendOptions & { readonly random: Random };
  #writer: StoreWriter | undefined;
  #reader: RowReader | undefined;

  constructor(options: BackendOptions & { readonly random: Random }) {
    this.#options = options;
  }

  async open(nowMs: number): Promise<PackedOpening> {
    const { place, random, tuning } = this.#options;
    return guard(() => {
      const { writer, opening } = StoreWriter.open(place, { nowMs, random, ...(tuning && { tuning }) });
      this.#writer = writer;
      this.#reader = new RowReader(writer.database);
      return opening;
    });
  }

  async commit(batch: PackedBatch): Promise<void> {
    guard(() => this.#writer!.commit(batch));
  }

  async changeMuted(change: PackedMutedChange): Promise<void> {
    guard(() => this.#writer!.changeMuted(change));
  }

  async prune(options: PruneOptions): Promise<PruneResult> {
    return guard(() => this.#writer!.prune(options));
  }

  async findUnused(blobs: readonly BlobKey[]): Promise<readonly BlobKey[]> {
    return guard(() => this.#writer!.findUnused(blobs));
  }

  async read<K extends ReadName>(name: K, ...args: ReadArguments<K>): Promise<ReadAnswer<K>> {
    return guard(() => runRead(this.#reader!, name, args));
  }

  async close(isClean: boolean): Promise<void> {
    guard(() => this.#writer?.close(isClean));
  }
}
