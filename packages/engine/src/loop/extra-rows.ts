import type { IdempotencyRow, LogRow, PluginRow, RevisionRow } from "@capstan/core";

/** Rows that are no decision of core's and ride along with the next commit. */
export interface ExtraRows {
  plugins: PluginRow[];
  revisions: RevisionRow[];
  idempotencies: IdempotencyRow[];
  logs: LogRow[];
}

export function noExtraRows(): ExtraRows {
  return { plugins: [], revisions: [], idempotencies: [], logs: [] };
}

export function hasExtraRows({ plugins, revisions, idempotencies, logs }: ExtraRows): boolean {
  return plugins.length + revisions.length + idempotencies.length + logs.length > 0;
}
