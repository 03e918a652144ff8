import { CapstanError, limits } from "@capstan/protocol/plain";
import { FencedError, type Fence } from "../store.js";
import type { Database, Statement } from "./database.js";
import { makeFlakyWriter } from "./flaky-writer.js";
import { LogWriter } from "./log-writer.js";
import { packedTables, type PackedBatch, type PackedTable } from "../row/packed-batch.js";
import { trialColumns } from "../row/finished-row.js";
import { estimateColumns, idempotencyColumns, logCells, offerColumns, phaseColumns } from "../row/side-row.js";
import { pluginColumns, revisionColumns, workerColumns } from "../row/registry-row.js";
import { tasksetColumns } from "../row/taskset-row.js";
import { stateColumns, taskColumns } from "../row/task-row.js";
import type { TableWriter } from "./table-writer.js";
import { TaskMover } from "./task-mover.js";

export function listMarks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

/** Writes packed batches, each in one transaction, with statements that are prepared once. */
export class BatchWriter {
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #advance: Statement;
  readonly #logs: LogWriter;
  readonly #tables: Record<PackedTable, TableWriter>;

  constructor(database: Database) {
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
    this.#advance = database.prepare(
      "UPDATE partition SET commit_sequence = commit_sequence + 1 WHERE partition = ? AND epoch = ?",
    );
    this.#logs = new LogWriter(database);
    this.#tables = makeTables(database, this.#logs);
  }

  /** @throws FencedError, and whatever SQLite throws; nothing of the batch is written then. */
  write(batch: PackedBatch): void {
    this.fenced(batch.fences, () => {
      for (const table of packedTables) {
        const cells = batch.cells[table];
        if (cells === undefined) continue;
        const { width, write } = this.#tables[table];
        for (let at = 0; at < cells.length; at += width) write(cells, at);
      }
      this.#logs.flush();
    });
  }

  /** Runs a step in a transaction, if the fences let it through. @throws FencedError. */
  fenced<T>(fences: readonly Fence[], step: () => T): T {
    return this.transact(() => {
      this.#passFences(fences);
      return step();
    });
  }

  /** Runs a step in a transaction that is wholly undone when anything of it fails. */
  transact<T>(step: () => T): T {
    this.#begin.run();
    try {
      const result = step();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#logs.forget();
      try {
        this.#rollback.run();
      } catch {
        // SQLite itself rolled back already, as it does when the disk is full.
      }
      throw error;
    }
  }

  #passFences(fences: readonly Fence[]): void {
    const fenced: number[] = [];
    for (const { partition, epoch } of fences) {
      if (Number(this.#advance.run(partition, epoch).changes) === 0) fenced.push(partition);
    }
    if (fenced.length > 0) throw new FencedError(fenced);
  }
}

function makeTables(database: Database, logs: LogWriter): Record<PackedTable, TableWriter> {
  const mover = new TaskMover(database);
  const remove = (table: string): TableWriter =>
    makeWriter(database, 2, `DELETE FROM ${table} WHERE namespace = ? AND id = ?`);
  const replace = (table: string, columns: readonly string[]): TableWriter =>
    makeWriter(
      database,
      columns.length,
      `INSERT OR REPLACE INTO ${table} (${columns.join(", ")}) VALUES (${listMarks(columns.length)})`,
    );
  return {
    plugins: replace("plugin", pluginColumns),
    revisions: replace("revision", revisionColumns),
    deletedRevisions: remove("revision"),
    tasksets: replace("taskset", tasksetColumns),
    insertedTasks: makeWriter(
      database,
      taskColumns.length,
      `INSERT INTO task (${taskColumns.join(", ")}) VALUES (${listMarks(taskColumns.length)})`,
    ),
    updatedTasks: makeUpdater(database),
    finishedTasks: { width: mover.finishedWidth, write: (cells, at) => mover.finish(cells, at) },
    reopenedTasks: { width: taskColumns.length, write: (cells, at) => mover.reopen(cells, at) },
    discardedTasksets: makeDiscarder(database),
    trials: replace("trial", trialColumns),
    offers: makeOfferWriter(database),
    phases: replace("phase", phaseColumns),
    idempotencies: replace("idempotency", idempotencyColumns),
    estimates: replace("estimate", estimateColumns),
    flaky: makeFlakyWriter(database),
    logs: { width: logCells, write: (cells, at) => logs.append(cells, at) },
    workers: replace("worker", workerColumns),
    deletedWorkers: remove("worker"),
  };
}

function makeWriter(database: Database, width: number, sql: string): TableWriter {
  const statement = database.prepare(sql);
  return {
    width,
    write: (cells, at) => {
      statement.run(...cells.slice(at, at + width));
    },
  };
}

/** Adds a record of an offer, and drops those of its task beyond the last few. */
function makeOfferWriter(database: Database): TableWriter {
  const width = offerColumns.length;
  const insert = database.prepare(
    `INSERT OR REPLACE INTO offer (${offerColumns.join(", ")}) VALUES (${listMarks(width)})`,
  );
  const trim = database.prepare(
    `DELETE FROM offer WHERE namespace = ?1 AND task = ?2 AND (at_ms, number) <=
       (SELECT at_ms, number FROM offer WHERE namespace = ?1 AND task = ?2
        ORDER BY at_ms DESC, number DESC LIMIT 1 OFFSET ${limits.offersMax})`,
  );
  return {
    width,
    write: (cells, at) => {
      insert.run(...cells.slice(at, at + width));
      trim.run(cells[at]!, cells[at + 1]!);
    },
  };
}

/** A taskset's tasks lie in one range of ids, which its row names. */
function makeDiscarder(database: Database): TableWriter {
  const tasks = database.prepare(
    `DELETE FROM task WHERE namespace = ?1 AND taskset = ?2
     AND id >= (SELECT first_task FROM taskset WHERE namespace = ?1 AND id = ?2)
     AND id <= (SELECT last_task FROM taskset WHERE namespace = ?1 AND id = ?2)`,
  );
  const taskset = database.prepare("DELETE FROM taskset WHERE namespace = ? AND id = ?");
  return {
    width: 2,
    write: (cells, at) => {
      const [namespace, id] = [cells[at]!, cells[at + 1]!];
      tasks.run(namespace, id);
      taskset.run(namespace, id);
    },
  };
}

/** An update that finds no row would lose a task's state: it is a broken invariant. */
function makeUpdater(database: Database): TableWriter {
  const width = stateColumns.length + 2;
  const sql = `UPDATE task SET ${stateColumns.map((column) => `${column} = ?`).join(", ")} WHERE namespace = ? AND id = ?`;
  const statement = database.prepare(sql);
  return {
    width,
    write: (cells, at) => {
      const { changes } = statement.run(...cells.slice(at, at + width));
      if (Number(changes) === 1) return;
      throw new CapstanError(
        "internal",
        `the task ${String(cells[at + width - 1])} is updated but not in the hot table`,
      );
    },
  };
}
