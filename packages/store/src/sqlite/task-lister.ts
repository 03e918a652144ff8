import type { TaskQuery } from "@capstan/protocol";
import { limits } from "@capstan/protocol/plain";
import { parseCursor } from "../row/cursor.js";
import type { Statement, Value } from "./database.js";
import { finishedColumns } from "../row/finished-row.js";
import { tablesOf, type TaskTable } from "../row/task-page.js";
import { taskColumns } from "../row/task-row.js";

/** Rows of both tables as JSON text, each newest first, and where the next page goes on. */
export interface ListedTasks {
  readonly hot: string;
  readonly finished: string;
  readonly limit: number;
  /** Below this id nothing was looked at; undefined when all was. */
  readonly bound: string | undefined;
}

type Prepare = (sql: string) => Statement;

interface Filter {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Rows that one page may look at in each table when a filter leaves most of them out. */
const scanRowsMax = 20_000;
/** A page ends early when the text of its rows is longer than this. */
const pageLengthMax = 8 * 1_048_576;

/**
 * Lists tasks newest first. There is no index but the key: a taskset is a range of ids, and other filters look at no
 * more than `scanRowsMax` rows a page. A page may so hold few rows or none and still have a next one.
 */
export class TaskLister {
  readonly #prepare: Prepare;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  list(namespace: string, query: TaskQuery): ListedTasks {
    const limit = Math.min(query.limit ?? limits.pageItems, limits.pageItemsMax);
    const range = this.#rangeOf(namespace, query);
    if (range === undefined) return { hot: "[]", finished: "[]", limit, bound: undefined };
    const tables = tablesOf(query);
    const filter = filterOf(query);
    let floor = range.floor;
    let isCut = false;
    if (filter.values.length > 0) {
      for (const table of tables) {
        const bound = this.#findBound(table, namespace, range);
        if (bound !== undefined && bound > floor) [floor, isCut] = [bound, true];
      }
    }
    const page = { namespace, filter, floor, below: range.below, limit };
    const texts = { task: "[]", history: "[]" };
    for (const table of tables) {
      const { text, cutAt } = this.#read(table, page);
      texts[table] = text;
      if (cutAt !== undefined && cutAt > floor) [floor, isCut] = [cutAt, true];
    }
    return { hot: texts.task, finished: texts.history, limit, bound: isCut ? floor : undefined };
  }

  #rangeOf(namespace: string, query: TaskQuery): { floor: string; below: string } | undefined {
    const below = parseCursor("task", query.cursor);
    if (query.taskset === undefined) return { floor: "", below };
    const row = this.#prepare("SELECT first_task, last_task FROM taskset WHERE namespace = ? AND id = ?").get(
      namespace,
      query.taskset,
    );
    const [first, last] = [row?.["first_task"], row?.["last_task"]];
    if (typeof first !== "string" || typeof last !== "string") return undefined;
    // "~" sorts after every character of an id, so the last task itself is below it.
    const end = `${last}~`;
    return { floor: first, below: below < end ? below : end };
  }

  #findBound(table: TaskTable, namespace: string, range: { floor: string; below: string }): string | undefined {
    const sql = `SELECT id FROM ${table} WHERE namespace = ? AND id < ? AND id >= ?
      ORDER BY id DESC LIMIT 1 OFFSET ${scanRowsMax - 1}`;
    return this.#prepare(sql).get(namespace, range.below, range.floor)?.["id"] as string | undefined;
  }

  /** One row more than the page shows, so that it is known whether there is a next one. */
  #read(table: TaskTable, page: TablePage): { text: string; cutAt: string | undefined } {
    const columns = table === "task" ? taskColumns : finishedColumns;
    const sql = `SELECT id, json_array(${columns.join(", ")}) AS row FROM ${table}
      WHERE namespace = ? AND id < ? AND id >= ? ${page.filter.sql} ORDER BY id DESC LIMIT ?`;
    const values = [page.namespace, page.below, page.floor, ...page.filter.values, page.limit + 1];
    const rows: string[] = [];
    let length = 0;
    for (const { id, row } of this.#prepare(sql).iterate(...values)) {
      rows.push(row as string);
      length += (row as string).length;
      if (length > pageLengthMax) return { text: `[${rows.join(",")}]`, cutAt: id as string };
    }
    return { text: `[${rows.join(",")}]`, cutAt: undefined };
  }
}

interface TablePage {
  readonly namespace: string;
  readonly filter: Filter;
  readonly floor: string;
  readonly below: string;
  readonly limit: number;
}

function filterOf({ status, taskset, definition, plugin, key }: TaskQuery): Filter {
  const terms: string[] = [];
  const values: Value[] = [];
  const add = (term: string, ...bound: Value[]) => {
    terms.push(`AND ${term}`);
    values.push(...bound);
  };
  if (status !== undefined) add("status = ?", status);
  if (taskset !== undefined) add("taskset = ?", taskset);
  if (definition !== undefined) add("definition = ?", definition);
  // "0" follows "/" in ASCII: the names that begin with "plugin/".
  if (plugin !== undefined) add("definition > ? AND definition < ?", `${plugin}/`, `${plugin}0`);
  if (key !== undefined) add("key = ?", key);
  return { sql: terms.join(" "), values };
}
