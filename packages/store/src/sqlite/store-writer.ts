import { join } from "node:path";
import type { Random } from "@capstan/protocol";
import { migrate } from "../migrations/migrate.js";
import type { PruneOptions } from "../store.js";
import { BatchWriter } from "./batch-writer.js";
import { openDatabase, type Database, type Tuning } from "./database.js";
import { FolderLock } from "./folder-lock.js";
import { MemoryDisk } from "./memory-disk.js";
import type { PackedBatch } from "../row/packed-batch.js";
import { MutedWriter, type PackedMutedChange } from "./muted-writer.js";
import { Pruner, type BlobKey, type PruneResult } from "./pruner.js";
import { takeStore, type PackedOpening } from "./store-opening.js";

export const databaseFile = "capstan.db";

/** Where the database is: in a folder, or in memory for tests, alone or shared with the stores before and after. */
export type Place = { readonly folder: string } | { readonly memory: true | MemoryDisk };

export function pathOf(place: Place): string {
  return "folder" in place ? join(place.folder, databaseFile) : ":memory:";
}

/** The one connection that writes: it owns the lock, the schema, commits and pruning. All calls are synchronous. */
export class StoreWriter {
  readonly database: Database;
  readonly #lock: FolderLock | undefined;
  readonly #isShared: boolean;
  readonly #batches: BatchWriter;
  readonly #muted: MutedWriter;
  readonly #pruner: Pruner;

  private constructor(database: Database, { lock, isShared }: { lock: FolderLock | undefined; isShared: boolean }) {
    this.database = database;
    this.#lock = lock;
    this.#isShared = isShared;
    this.#batches = new BatchWriter(database);
    this.#muted = new MutedWriter(database, this.#batches);
    this.#pruner = new Pruner(database, (step) => this.#batches.transact(step));
  }

  /** @throws CapstanError `store-locked`, `store-newer`; whatever SQLite throws. */
  static open(
    place: Place,
    { nowMs, random, tuning }: { nowMs: number; random: Random; tuning?: Tuning },
  ): { writer: StoreWriter; opening: PackedOpening } {
    const lock = "folder" in place ? FolderLock.take(place.folder) : undefined;
    const shared = "memory" in place && place.memory instanceof MemoryDisk ? place.memory : undefined;
    let database: Database | undefined;
    try {
      database = shared?.open(tuning) ?? openDatabase(pathOf(place), tuning);
      migrate(database, nowMs);
      const writer = new StoreWriter(database, { lock, isShared: shared !== undefined });
      const opened = database;
      const opening = writer.#batches.transact(() => takeStore(opened, nowMs, () => random.bytes(32)));
      return { writer, opening };
    } catch (error) {
      if (shared === undefined) database?.close();
      lock?.release();
      throw error;
    }
  }

  commit(batch: PackedBatch): void {
    this.#batches.write(batch);
  }

  changeMuted(change: PackedMutedChange): void {
    this.#muted.change(change);
  }

  prune(options: PruneOptions): PruneResult {
    return this.#pruner.step(options);
  }

  /** Which of the blobs no row refers to. */
  findUnused(blobs: readonly BlobKey[]): readonly BlobKey[] {
    return this.#pruner.findUnused(blobs);
  }

  /** Closes the database also when the mark of an orderly end cannot be written. */
  close(isClean: boolean): void {
    try {
      if (isClean) this.database.prepare("UPDATE store SET is_clean = 1 WHERE id = 1").run();
    } finally {
      if (!this.#isShared) this.database.close();
      this.#lock?.release();
    }
  }
}
