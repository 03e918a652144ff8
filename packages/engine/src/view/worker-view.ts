import type { WorkerRow } from "@capstan/core";
import type { Statistics, WorkerView } from "@capstan/protocol";
import { present } from "./column.js";

/** What only memory knows of a worker. */
export interface WorkerFacts {
  readonly slotsBusy: number;
  readonly revisions: readonly string[];
  readonly trials: readonly string[];
  readonly statistics?: Statistics | undefined;
  /** When it was last heard, if later than its row says. */
  readonly lastSeenAtMs?: number | undefined;
  /** Why it last declined an offer. */
  readonly lastDecline?: string | undefined;
}

const nothing: WorkerFacts = { slotsBusy: 0, revisions: [], trials: [] };

/** A worker; without facts (it is gone, or has not come back since the start) with nothing running. */
export function workerView(row: WorkerRow, facts: WorkerFacts = nothing): WorkerView {
  return {
    id: row.id,
    namespace: row.namespace,
    name: row.name,
    status: row.status,
    labels: [...row.labels],
    slots: row.slots,
    slotsBusy: facts.slotsBusy,
    runtimes: [...row.runtimes],
    revisions: [...facts.revisions],
    trials: [...facts.trials],
    quarantines: row.quarantines.map((quarantine) => ({ ...quarantine })),
    joinedAtMs: row.joinedAtMs,
    ...present({
      lastSeenAtMs: facts.lastSeenAtMs ?? row.lastSeenAtMs,
      statistics: facts.statistics,
      lastDecline: facts.lastDecline,
    }),
  };
}
