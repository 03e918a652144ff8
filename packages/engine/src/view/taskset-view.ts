import type { TasksetRow } from "@capstan/core";
import type { TasksetView } from "@capstan/protocol";
import { column, present } from "./column.js";

/** A taskset; `etaMs` is the estimated time to its end while it runs. */
export function tasksetView(row: TasksetRow, { etaMs }: { readonly etaMs?: number | undefined } = {}): TasksetView {
  return {
    id: row.id,
    namespace: row.namespace,
    profile: row.profile,
    status: row.status,
    round: row.round,
    counts: { ...row.counts },
    launchedAtMs: row.launchedAtMs,
    ...present({
      name: column(row.name),
      class: column(row.class),
      cause: column(row.cause),
      endedAtMs: column(row.endedAtMs),
      limits: column(row.limits),
      workspace: column(row.workspace),
      muted: row.muted === null ? undefined : [...row.muted],
      etaMs,
    }),
  };
}
