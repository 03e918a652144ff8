import { limits } from "@capstan/protocol/plain";
import { trialColumns } from "../row/finished-row.js";
import type { PackedTable } from "../row/packed-batch.js";
import { pluginColumns, revisionColumns, workerColumns } from "../row/registry-row.js";
import { estimateColumns, idempotencyColumns, offerColumns, phaseColumns } from "../row/side-row.js";
import { tasksetColumns } from "../row/taskset-row.js";
import type { Value } from "../row/value.js";
import { appendLogs } from "./log-statement.js";
import { deleteStatement, trimStatement, upsertStatement, type TableStatement } from "./table-statement.js";
import {
  discardTasks,
  forgetFinished,
  insertTasks,
  keepLastTrials,
  reopenTasks,
  updateTasks,
} from "./task-statement.js";

/** How one list of a batch is written: its statements, in order, each for all rows at once. */
export interface TablePlan {
  /** Cells of one row. A statement that has fewer columns takes the first ones. */
  readonly width: number;
  readonly statements: readonly TableStatement[];
  /** Where the cells of the key are, when only the last row of a key is written. */
  readonly key?: readonly number[];
  /** Each row must find the one that it is for: else memory and store disagree. */
  readonly isExact?: true;
}

const rowKey = ["namespace", "id"] as const;

/** A column `…_hash` of the key is made by the table of the column that it is named after. */
function replace(table: string, columns: readonly string[], key: readonly string[]): TablePlan {
  const at = key.map((column) => columns.indexOf(column.replace(/_hash$/, "")));
  return { width: columns.length, statements: [upsertStatement(table, columns, key)], key: at };
}

function remove(...statements: readonly TableStatement[]): TablePlan {
  return { width: rowKey.length, statements };
}

const trimOffers = trimStatement("offer", ["namespace", "task"], {
  order: ["at_ms", "number"],
  keep: limits.offersMax,
});
const offers = replace("offer", offerColumns, ["namespace", "task", "at_ms", "number"]);

/** Of all lists but those that need an answer in between: finished tasks and flaky verdicts. */
export const tablePlans: Readonly<Record<Exclude<PackedTable, "finishedTasks" | "flaky">, TablePlan>> = {
  plugins: replace("plugin", pluginColumns, ["namespace", "name"]),
  revisions: replace("revision", revisionColumns, rowKey),
  deletedRevisions: remove(deleteStatement("revision", rowKey)),
  tasksets: replace("taskset", tasksetColumns, rowKey),
  insertedTasks: { width: insertTasks.columns.length, statements: [insertTasks] },
  updatedTasks: { width: updateTasks.columns.length, statements: [updateTasks], isExact: true },
  reopenedTasks: { width: reopenTasks.columns.length, statements: [keepLastTrials, reopenTasks, forgetFinished] },
  discardedTasksets: remove(discardTasks, deleteStatement("taskset", rowKey)),
  trials: replace("trial", trialColumns, ["namespace", "task", "n"]),
  offers: { ...offers, statements: [...offers.statements, trimOffers] },
  phases: replace("phase", phaseColumns, ["namespace", "taskset", "worker", "phase"]),
  idempotencies: replace("idempotency", idempotencyColumns, ["namespace", "scope", "key"]),
  estimates: replace("estimate", estimateColumns, ["namespace", "class", "key_hash"]),
  logs: { width: appendLogs.columns.length, statements: [appendLogs] },
  workers: replace("worker", workerColumns, rowKey),
  deletedWorkers: remove(deleteStatement("worker", rowKey)),
};

/** The cells without the rows that a later one of the same key replaces: a statement can write each row once. */
export function lastOfEachKey(cells: readonly Value[], { width, key }: TablePlan): readonly Value[] {
  if (key === undefined || cells.length === width) return cells;
  const rows = new Map<string, number>();
  for (let at = 0; at < cells.length; at += width) {
    rows.set(JSON.stringify(key.map((column) => cells[at + column]!)), at);
  }
  if (rows.size * width === cells.length) return cells;
  return [...rows.values()].flatMap((at) => cells.slice(at, at + width));
}
