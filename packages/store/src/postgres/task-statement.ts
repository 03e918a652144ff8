import {
  finishColumns,
  finishedColumns,
  lastTrialColumns,
  trialColumns,
  trialEndColumns,
} from "../row/finished-row.js";
import { factColumns, inputColumns, stateColumns, taskColumns } from "../row/task-row.js";
import { givenColumns, givenRows } from "./given-rows.js";
import { deleteStatement, insertStatement, onConflict, type TableStatement } from "./table-statement.js";

const key = ["namespace", "id"] as const;
const isSame = (table: string): string => `${table}.namespace = given.namespace AND ${table}.id = given.id`;

function listOf(table: string, columns: readonly string[]): string {
  return columns.map((column) => `${table}.${column}`).join(", ");
}

export const insertTasks = insertStatement("task", taskColumns);

/** The state, then the key, as updates are packed. */
export const updateTasks: TableStatement = (() => {
  const columns = givenColumns([...stateColumns, ...key]);
  const set = stateColumns.map((column) => `${column} = given.${column}`).join(", ");
  return { columns, text: `UPDATE task SET ${set} FROM ${givenRows(columns)} WHERE ${isSame("task")}` };
})();

const finished = givenColumns(finishedColumns);

/** Moves tasks from the hot table to history inside the server: facts and input of the hot row, the end as given. */
export const finishTasks: TableStatement = {
  columns: finished,
  text: `WITH gone AS (
      DELETE FROM task USING ${givenRows(finished)} WHERE ${isSame("task")}
      RETURNING ${listOf("task", factColumns)}, ${listOf("given", finishColumns)}, ${listOf("task", inputColumns)})
    INSERT INTO history (${finishedColumns.join(", ")}) SELECT * FROM gone`,
};

/** Of tasks that were not hot: the last trial of an earlier round keeps a row of its own. */
export const keepEarlierTrials: TableStatement = {
  columns: finished,
  text: `INSERT INTO trial (namespace, task, revision, ${trialEndColumns.join(", ")})
    SELECT history.namespace, history.id, history.revision, ${listOf("history", lastTrialColumns)}
    FROM ${givenRows(finished)} JOIN history ON ${isSame("history")}
    WHERE history.last_n IS NOT NULL AND history.last_n IS DISTINCT FROM given.last_n
    ${onConflict(trialColumns, ["namespace", "task", "n"])}`,
};

/** Writes history also where a task was never hot, or is there already; what `finishTasks` moved stays as it is. */
export const replaceFinished: TableStatement = {
  columns: finished,
  text: `INSERT INTO history (${finishedColumns.join(", ")}) SELECT ${listOf("given", finishedColumns.slice(0, -1))},
      coalesce(given.input, (SELECT history.input FROM history WHERE ${isSame("history")}))
    FROM ${givenRows(finished)} ${onConflict(finishedColumns, key)}
    WHERE history.xmin <> pg_current_xact_id()::xid`,
};

const reopened = givenColumns(taskColumns);

/** A finished task's last trial gets a row of its own when it is reopened. */
export const keepLastTrials: TableStatement = {
  columns: givenColumns(key),
  text: `INSERT INTO trial (namespace, task, revision, ${trialEndColumns.join(", ")})
    SELECT history.namespace, history.id, history.revision, ${listOf("history", lastTrialColumns)}
    FROM ${givenRows(givenColumns(key))} JOIN history ON ${isSame("history")} WHERE history.last_n IS NOT NULL
    ${onConflict(trialColumns, ["namespace", "task", "n"])}`,
};

/** Puts finished tasks back into the hot table with their input; one that is hot already keeps its own. */
export const reopenTasks: TableStatement = {
  columns: reopened,
  text: `INSERT INTO task (${taskColumns.join(", ")}) SELECT ${listOf("given", taskColumns.slice(0, -1))},
      coalesce(given.input, (SELECT history.input FROM history WHERE ${isSame("history")}))
    FROM ${givenRows(reopened)} ${onConflict(taskColumns.slice(0, -1), key)},
      input = coalesce(excluded.input, task.input)`,
};

export const forgetFinished = deleteStatement("history", key);

/** A taskset's tasks lie in one range of ids, which its row names. */
export const discardTasks: TableStatement = {
  columns: givenColumns(key),
  text: `DELETE FROM task USING ${givenRows(givenColumns(key))} JOIN taskset ON ${isSame("taskset")}
    WHERE task.namespace = given.namespace AND task.taskset = given.id
      AND task.id >= taskset.first_task AND task.id <= taskset.last_task`,
};
