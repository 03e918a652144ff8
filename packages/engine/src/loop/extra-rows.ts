import type { RowKey } from "@capstan/store";
import type { IdempotencyRow, LogRow, PluginRow, RevisionRow } from "@capstan/core";

/** Rows that are no decision of core's and ride along with the next commit. */
export interface ExtraRows {
  plugins: PluginRow[];
  revisions: RevisionRow[];
  deletedRevisions: RowKey[];
  idempotencies: IdempotencyRow[];
  logs: LogRow[];
}

export function noExtraRows(): ExtraRows {
  return { plugins: [], revisions: [], deletedRevisions: [], idempotencies: [], logs: [] };
}

export function hasExtraRows({ plugins, revisions, deletedRevisions, idempotencies, logs }: ExtraRows): boolean {
  return plugins.length + revisions.length + deletedRevisions.length + idempotencies.length + logs.length > 0;
}
