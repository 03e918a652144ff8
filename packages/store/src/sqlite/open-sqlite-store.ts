import { CapstanError, systemRandom, type Random } from "@capstan/protocol/plain";
import { BlobSweep, type SweepableBlobs } from "../blob/blob-sweep.js";
import { ThreadBackend } from "../thread/thread-backend.js";
import { InlineBackend } from "./backend.js";
import type { Tuning } from "./database.js";
import type { MemoryDisk } from "./memory-disk.js";
import { SqliteStore } from "./sqlite-store.js";

export interface SqliteStoreOptions {
  /** Where the database and its lock are; made when it is not there. */
  readonly folder?: string;
  /** A database in memory, gone when it is closed, or one that outlives its stores; for tests. Always on the caller's thread. */
  readonly memory?: boolean | MemoryDisk;
  /** Whether the SQL runs on threads of its own; default true on a folder. */
  readonly thread?: boolean;
  /** Where the key of the store comes from when the store is made. */
  readonly random?: Random;
  readonly tuning?: Tuning;
  /** Blobs that `prune` sweeps as well. */
  readonly blobs?: SweepableBlobs;
}

/**
 * Makes a store on SQLite; `open` takes it.
 * @throws CapstanError `invalid-config` when it is neither on a folder nor in memory, or both, or in memory on a thread;
 * `unsupported` from `open` when there is no SQLite here.
 */
export function openSqliteStore({
  folder,
  memory = false,
  thread = memory === false,
  random = systemRandom,
  tuning,
  blobs,
}: SqliteStoreOptions): SqliteStore {
  if ((folder === undefined) !== (memory !== false))
    throw new CapstanError("invalid-config", "give a folder or memory: true");
  if (memory !== false && thread)
    throw new CapstanError("invalid-config", "a store in memory has no thread: leave out thread");
  const place = folder === undefined ? { memory: memory || (true as const) } : { folder };
  const options = { place, random, ...(tuning && { tuning }) };
  const backend = thread ? new ThreadBackend(options) : new InlineBackend(options);
  return new SqliteStore(backend, blobs && new BlobSweep(blobs));
}
