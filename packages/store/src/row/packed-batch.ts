import type { CommitBatch, Fence, RowKey } from "../store.js";
import type { Value } from "./value.js";
import { packFinished, packTrial } from "./finished-row.js";
import { packPlugin, packRevision, packWorker } from "./registry-row.js";
import { packFlaky } from "./flaky-row.js";
import { packEstimate, packIdempotency, packLog, packOffer, packPhase } from "./side-row.js";
import { packTask, packTaskUpdate } from "./task-row.js";
import { packTaskset } from "./taskset-row.js";

/**
 * A batch as flat lists of cells, row after row: what is bound to the statements, and what crosses to another thread
 * at a third of the cost of the rows as objects.
 */
export interface PackedBatch {
  readonly fences: readonly Fence[];
  readonly cells: Partial<Record<PackedTable, Value[]>>;
}

type RowOf<K extends keyof CommitBatch> = NonNullable<CommitBatch[K]>[number];

function packKey(key: RowKey, cells: Value[]): void {
  cells.push(key.namespace, key.id);
}

const packers = {
  plugins: packPlugin,
  revisions: packRevision,
  deletedRevisions: packKey,
  tasksets: packTaskset,
  insertedTasks: packTask,
  updatedTasks: packTaskUpdate,
  finishedTasks: packFinished,
  reopenedTasks: packTask,
  discardedTasksets: packKey,
  trials: packTrial,
  offers: packOffer,
  phases: packPhase,
  idempotencies: packIdempotency,
  estimates: packEstimate,
  flaky: packFlaky,
  logs: packLog,
  workers: packWorker,
  deletedWorkers: packKey,
} satisfies { [K in Exclude<keyof CommitBatch, "fences">]: (row: RowOf<K>, cells: Value[]) => void };

export type PackedTable = keyof typeof packers;

/** The lists of a batch in the order in which they are written. */
export const packedTables = Object.keys(packers) as readonly PackedTable[];

export function packBatch(batch: CommitBatch): PackedBatch {
  const cells: Partial<Record<PackedTable, Value[]>> = {};
  for (const table of packedTables) {
    const rows = batch[table];
    if (rows === undefined || rows.length === 0) continue;
    const pack = packers[table] as (row: unknown, cells: Value[]) => void;
    const list: Value[] = [];
    for (const row of rows) pack(row, list);
    cells[table] = list;
  }
  return { fences: batch.fences, cells };
}
