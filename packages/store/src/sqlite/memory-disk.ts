import { openDatabase, type Database, type Tuning } from "./database.js";

/**
 * A database in memory that outlives the stores which are opened on it, as a disk outlives a process: for simulations.
 * It has no lock: a store whose engine is cut off may still be there when the next one takes it, and only the fence of
 * each commit keeps the two apart.
 */
export class MemoryDisk {
  #database: Database | undefined;

  open(tuning?: Tuning): Database {
    return (this.#database ??= openDatabase(":memory:", tuning));
  }

  /** Gives the memory back. */
  discard(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}
