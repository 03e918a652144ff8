import type { Fence, MutedChange } from "../store.js";
import type { BatchWriter } from "./batch-writer.js";
import type { Database, Statement, Value } from "./database.js";
import { mutedColumns, packMuted, packMutedKey } from "../row/muted-row.js";

/** A change of the lists of muted tests as it travels to the writer. */
export interface PackedMutedChange {
  readonly fence: Fence;
  readonly muted: readonly Value[][];
  readonly unmuted: readonly Value[][];
}

export function packMutedChange({ fence, muted = [], unmuted = [] }: MutedChange): PackedMutedChange {
  return { fence, muted: muted.map((row) => packMuted(row)), unmuted: unmuted.map((key) => packMutedKey(key)) };
}

/** Writes the lists of muted tests. */
export class MutedWriter {
  readonly #batches: BatchWriter;
  readonly #put: Statement;
  readonly #remove: Statement;

  constructor(database: Database, batches: BatchWriter) {
    this.#batches = batches;
    const marks = mutedColumns.map(() => "?").join(", ");
    this.#put = database.prepare(`INSERT OR REPLACE INTO muted (${mutedColumns.join(", ")}) VALUES (${marks})`);
    this.#remove = database.prepare("DELETE FROM muted WHERE namespace = ? AND class = ? AND key = ? AND example = ?");
  }

  /** @throws FencedError, and whatever SQLite throws; nothing is written then. */
  change({ fence, muted, unmuted }: PackedMutedChange): void {
    this.#batches.fenced([fence], () => {
      for (const key of unmuted) this.#remove.run(...key);
      for (const row of muted) this.#put.run(...row);
    });
  }
}
