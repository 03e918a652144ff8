import { partitionCount } from "@capstan/protocol/plain";
import type { Database } from "./database.js";
import { readRows, rowsSql, type RowsText } from "./row-reader.js";
import { pluginColumns, revisionColumns, workerColumns } from "../row/registry-row.js";
import { estimateColumns } from "../row/side-row.js";
import { tasksetColumns } from "../row/taskset-row.js";
import { unfinishedTasksets } from "./taskset-lister.js";

/** An Opening with its rows still as text. */
export interface PackedOpening {
  readonly epochs: readonly number[];
  readonly macKey: Uint8Array;
  readonly wasClean: boolean;
  readonly plugins: RowsText;
  readonly revisions: RowsText;
  readonly workers: RowsText;
  readonly tasksets: RowsText;
  readonly jobEstimates: RowsText;
}

/** Raises all epochs and marks the store as in use; runs within the caller's transaction. */
export function takeStore(database: Database, nowMs: number, makeKey: () => Uint8Array): PackedOpening {
  const row = database.prepare("SELECT mac_key, is_clean FROM store WHERE id = 1").get();
  if (row === undefined) {
    database
      .prepare("INSERT INTO store (id, mac_key, is_clean, opened_at_ms) VALUES (1, ?, 0, ?)")
      .run(makeKey(), nowMs);
    const insert = database.prepare("INSERT INTO partition (partition, epoch, commit_sequence) VALUES (?, 0, 0)");
    for (let partition = 0; partition < partitionCount; partition += 1) insert.run(partition);
  } else {
    database.prepare("UPDATE store SET is_clean = 0, opened_at_ms = ? WHERE id = 1").run(nowMs);
  }
  database.prepare("UPDATE partition SET epoch = epoch + 1").run();
  const all = (columns: readonly string[], from: string): RowsText =>
    readRows(database.prepare(rowsSql(columns, from)));
  return {
    epochs: database
      .prepare("SELECT epoch FROM partition ORDER BY partition")
      .all()
      .map((partition) => partition["epoch"] as number),
    macKey: (row?.["mac_key"] ?? database.prepare("SELECT mac_key FROM store").get()!["mac_key"]) as Uint8Array,
    wasClean: row === undefined || row["is_clean"] === 1,
    plugins: all(pluginColumns, "FROM plugin ORDER BY namespace, name"),
    revisions: all(revisionColumns, "FROM revision ORDER BY namespace, deployed_at_ms, id"),
    workers: all(workerColumns, "FROM worker ORDER BY namespace, id"),
    tasksets: all(tasksetColumns, `FROM taskset WHERE ${unfinishedTasksets} ORDER BY namespace, id`),
    jobEstimates: all(estimateColumns, "FROM estimate WHERE key = '' ORDER BY namespace, class"),
  };
}
