import type { TaskQuery } from "@capstan/protocol";
import { limits } from "@capstan/protocol/plain";
import { parseCursor } from "../row/cursor.js";
import { finishedColumns } from "../row/finished-row.js";
import { tablesOf, type ListedRows, type TaskTable } from "../row/task-page.js";
import { taskColumns } from "../row/task-row.js";
import type { Cells } from "../row/text.js";
import type { Value } from "../row/value.js";
import type { Runner } from "./session.js";

interface Range {
  readonly floor: string;
  readonly below: string;
}

interface Filter {
  readonly sql: string;
  readonly values: readonly Value[];
}

interface TablePage extends Range {
  readonly namespace: string;
  readonly filter: Filter;
  readonly limit: number;
}

/** Rows that one page may look at in each table when a filter leaves most of them out. */
const scanRowsMax = 20_000;
/** A page ends early when the large texts of its rows are longer than this together. */
const pageBytesMax = 8 * 1_048_576;

/**
 * Lists tasks newest first. There is no index but the key: a taskset is a range of ids, and other filters look at no
 * more than `scanRowsMax` rows a page. A page may so hold few rows or none and still have a next one.
 */
export async function listTasks(runner: Runner, namespace: string, query: TaskQuery): Promise<ListedRows> {
  const limit = Math.min(query.limit ?? limits.pageItems, limits.pageItemsMax);
  const range = await rangeOf(runner, namespace, query);
  if (range === undefined) return { hot: [], finished: [], limit, bound: undefined };
  const tables = tablesOf(query);
  const filter = filterOf(query);
  let { floor } = range;
  let isCut = false;
  const raise = (bound: string | undefined): void => {
    if (bound !== undefined && bound > floor) [floor, isCut] = [bound, true];
  };
  if (filter.values.length > 0) {
    for (const table of tables) raise(await findBound(runner, table, { ...range, namespace }));
  }
  const page = { namespace, filter, floor, below: range.below, limit };
  const rows: Record<TaskTable, readonly Cells[]> = { task: [], history: [] };
  for (const table of tables) {
    const found = await readTable(runner, table, page);
    rows[table] = found.rows;
    raise(found.cutAt);
  }
  return { hot: rows.task, finished: rows.history, limit, bound: isCut ? floor : undefined };
}

async function rangeOf(runner: Runner, namespace: string, query: TaskQuery): Promise<Range | undefined> {
  const below = parseCursor("task", query.cursor);
  if (query.taskset === undefined) return { floor: "", below };
  const sql = "SELECT first_task, last_task FROM taskset WHERE namespace = $1 AND id = $2";
  const [first, last] = (await runner.run(sql, namespace, query.taskset)).rows[0] ?? [];
  if (typeof first !== "string" || typeof last !== "string") return undefined;
  // "~" sorts after every character of an id, so the last task itself is below it.
  const end = `${last}~`;
  return { floor: first, below: below < end ? below : end };
}

async function findBound(
  runner: Runner,
  table: TaskTable,
  { namespace, below, floor }: Range & { readonly namespace: string },
): Promise<string | undefined> {
  const sql = `SELECT id FROM ${table} WHERE namespace = $1 AND id < $2 AND id >= $3
    ORDER BY id DESC OFFSET ${scanRowsMax - 1} LIMIT 1`;
  return (await runner.run(sql, namespace, below, floor)).rows[0]?.[0] as string | undefined;
}

/** One row more than the page shows, so that it is known whether there is a next one. */
async function readTable(
  runner: Runner,
  table: TaskTable,
  { namespace, filter, floor, below, limit }: TablePage,
): Promise<{ readonly rows: readonly Cells[]; readonly cutAt: string | undefined }> {
  const columns = table === "task" ? taskColumns : finishedColumns;
  const large = table === "task" ? ["input"] : ["input", "last_output", "last_error"];
  const size = large.map((column) => `coalesce(octet_length(${column}), 0)`).join(" + ");
  const list = columns.join(", ");
  const sql = `SELECT ${list}, size FROM (
      SELECT *, sum(${size}) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING) AS size, ${size} AS own FROM (
        SELECT ${list} FROM ${table} WHERE namespace = $1 AND id < $2 AND id >= $3 ${filter.sql}
        ORDER BY id DESC LIMIT $4) AS page) AS sized
    WHERE size - own <= ${pageBytesMax} ORDER BY id DESC`;
  const { rows } = await runner.run(sql, namespace, below, floor, limit + 1, ...filter.values);
  const last = rows.at(-1);
  const cutAt = last !== undefined && (last.at(-1) as number) > pageBytesMax ? (last[1] as string) : undefined;
  return { rows, cutAt };
}

function filterOf({ status, taskset, definition, plugin, key }: TaskQuery): Filter {
  const terms: string[] = [];
  const values: Value[] = [];
  const add = (column: string, comparison: string, value: string): void => {
    values.push(value);
    terms.push(`AND ${column} ${comparison} $${4 + values.length}`);
  };
  if (status !== undefined) add("status", "=", status);
  if (taskset !== undefined) add("taskset", "=", taskset);
  if (definition !== undefined) add("definition", "=", definition);
  // "0" follows "/" in ASCII: the names that begin with "plugin/".
  if (plugin !== undefined) {
    add("definition", ">", `${plugin}/`);
    add("definition", "<", `${plugin}0`);
  }
  if (key !== undefined) add("key", "=", key);
  return { sql: terms.join(" "), values };
}
