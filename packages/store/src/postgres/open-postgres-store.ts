import { systemRandom, type Random } from "@capstan/protocol/plain";
import { BlobSweep, type SweepableBlobs } from "../blob/blob-sweep.js";
import { parseAddress } from "./address.js";
import { PostgresStore } from "./postgres-store.js";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?schema=name`. */
  readonly url: string;
  /** The schema that holds the tables; comes before the address's own. Default `capstan`. */
  readonly schema?: string;
  /** Where the key of the store comes from when the store is made. */
  readonly random?: Random;
  /** Blobs that `prune` sweeps as well. */
  readonly blobs?: SweepableBlobs;
}

/**
 * Makes a store on PostgreSQL 14 or later; `open` takes it. The connection must be one session throughout: a pooler that
 * shares connections between transactions cannot be in between.
 * @throws CapstanError `invalid-config` when the address or the schema is none; from `open`: `store-failed` when the
 * server cannot be reached, `unsupported` when it is too old or does not speak UTF-8, `store-newer`, `store-locked`.
 */
export function openPostgresStore({ url, schema, random = systemRandom, blobs }: PostgresStoreOptions): PostgresStore {
  return new PostgresStore(parseAddress(url, schema), { random, ...(blobs && { blobs: new BlobSweep(blobs) }) });
}
