import type { Database, Statement, Value } from "./database.js";
import { finishColumns, finishedColumns, lastTrialColumns, trialEndColumns } from "../row/finished-row.js";
import { factColumns, inputColumns, taskColumns } from "../row/task-row.js";

const finishAt = factColumns.length;
const inputAt = finishAt + finishColumns.length;
const taskInputAt = taskColumns.length - 1;

function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

/** Moves tasks between the hot table and history. The cells of a row begin with namespace and id. */
export class TaskMover {
  readonly finishedWidth = finishedColumns.length;
  readonly #copy: Statement;
  readonly #remove: Statement;
  readonly #insert: Statement;
  readonly #keepLastTrial: Statement;
  readonly #forget: Statement;
  readonly #reopen: Statement;

  constructor(database: Database) {
    const key = "namespace = ? AND id = ?";
    this.#copy = database.prepare(
      `INSERT INTO history (${finishedColumns.join(", ")})
       SELECT ${factColumns.join(", ")}, ${marks(finishColumns.length)}, ${inputColumns.join(", ")}
       FROM task WHERE ${key}`,
    );
    this.#remove = database.prepare(`DELETE FROM task WHERE ${key}`);
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO history (${finishedColumns.join(", ")})
       VALUES (${marks(finishedColumns.length - 1)}, coalesce(?, (SELECT input FROM history WHERE ${key})))`,
    );
    this.#keepLastTrial = database.prepare(
      `INSERT OR REPLACE INTO trial (namespace, task, revision, ${trialEndColumns.join(", ")})
       SELECT namespace, id, revision, ${lastTrialColumns.join(", ")}
       FROM history WHERE ${key} AND last_n IS NOT NULL AND last_n IS NOT ?`,
    );
    this.#forget = database.prepare(`DELETE FROM history WHERE ${key}`);
    this.#reopen = database.prepare(
      `INSERT OR REPLACE INTO task (${taskColumns.join(", ")})
       VALUES (${marks(taskColumns.length - 1)},
         coalesce(?, (SELECT input FROM history WHERE ${key}), (SELECT input FROM task WHERE ${key})))`,
    );
  }

  /**
   * Nearly always the task is hot: its facts and input are copied inside SQLite. A task that was launched and finished
   * within one batch never was; one that was rerun and finished within one batch is still in history.
   */
  finish(cells: Value[], at: number): void {
    const namespace = cells[at]!;
    const id = cells[at + 1]!;
    const values = cells.slice(at + finishAt, at + inputAt + 2);
    values[finishColumns.length] = namespace;
    values[finishColumns.length + 1] = id;
    if (Number(this.#copy.run(...values).changes) === 1) {
      this.#remove.run(namespace, id);
      return;
    }
    const lastN = cells[at + finishAt + finishColumns.indexOf("last_n")]!;
    this.#keepLastTrial.run(namespace, id, lastN);
    this.#insert.run(...cells.slice(at, at + this.finishedWidth), namespace, id);
  }

  /** Puts a finished task back into the hot table: its input stays with it, its last trial gets a row of its own. */
  reopen(cells: Value[], at: number): void {
    const namespace = cells[at]!;
    const id = cells[at + 1]!;
    this.#keepLastTrial.run(namespace, id, null);
    this.#reopen.run(...cells.slice(at, at + taskInputAt + 1), namespace, id, namespace, id);
    this.#forget.run(namespace, id);
  }
}
