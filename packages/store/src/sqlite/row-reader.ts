import type { TaskQuery, TasksetQuery } from "@capstan/protocol";
import {
  recalledInputCharactersMax,
  type EstimateRange,
  type FlakyRange,
  type LogRange,
  type LogSlice,
  type MutedRange,
  type RowKey,
} from "../store.js";
import type { Database, Statement, Value } from "./database.js";
import { IdMerge } from "../row/id-merge.js";
import { LogReader, type LogMeasure } from "./log-reader.js";
import { finishedColumns, trialColumns } from "../row/finished-row.js";
import { flakyColumns } from "../row/flaky-row.js";
import { estimateColumns, idempotencyColumns, offerColumns, phaseColumns } from "../row/side-row.js";
import { plainColumns, taskColumns } from "../row/task-row.js";
import { tasksetColumns } from "../row/taskset-row.js";
import { mutedColumns } from "../row/muted-row.js";
import { TaskLister, type ListedTasks } from "./task-lister.js";
import { TasksetLister } from "./taskset-lister.js";

/**
 * Rows as JSON text, an array of cells each: SQLite writes it and `JSON.parse` reads it twice as fast as the driver
 * makes objects, and a text crosses between threads for the price of a copy.
 */
export type RowsText = string;

/** An expression that gives the selected rows of a subquery as one text. */
export function rowsSql(columns: readonly string[], from: string): string {
  const list = columns.join(", ");
  return `SELECT '[' || group_concat(row, ',') || ']' AS rows FROM (SELECT json_array(${list}) AS row ${from})`;
}

export function readRows(statement: Statement, ...values: Value[]): RowsText {
  return (statement.get(...values)?.["rows"] ?? "[]") as string;
}

const leanColumns = taskColumns.slice(0, -1);
const isLive = "status <> 'queued' AND status <> 'waiting'";
/** As `plainRowOf` in core says. */
const isPlain = `status = 'queued' AND round = 1 AND trials_total = 0 AND suspicions = 0 AND doublings = 0
  AND not_before_ms IS NULL AND expires_at_ms IS NULL AND is_front = 0 AND trials IS NULL`;

/** Rows of which most are short: a start reads a million of them. */
function shortRowsSql(from: string): string {
  const [short, long] = [plainColumns.join(", "), leanColumns.join(", ")];
  const row = `CASE WHEN ${isPlain} THEN json_array(${short}) ELSE json_array(${long}) END`;
  return `SELECT '[' || group_concat(row, ',') || ']' AS rows FROM (SELECT ${row} AS row ${from})`;
}
const unsuccessful = "status IN ('failed', 'abandoned', 'cancelled')";

/** All reads of one connection. Each is one synchronous call, so what it gives is one committed state. */
export class RowReader {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #logs: LogReader;
  readonly #tasks: TaskLister;
  readonly #tasksets: TasksetLister;

  constructor(database: Database) {
    this.#database = database;
    const prepare = (sql: string) => this.#prepare(sql);
    this.#logs = new LogReader(prepare);
    this.#tasks = new TaskLister(prepare);
    this.#tasksets = new TasksetLister(prepare);
  }

  loadLive(): RowsText {
    return readRows(this.#prepare(rowsSql(leanColumns, `FROM task WHERE ${isLive} ORDER BY namespace, id`)));
  }

  /** A chunk a namespace; rows of different lengths, see `plainColumns`. */
  loadTasks(after: string, limit: number): RowsText[] {
    const namespaces = this.#listNamespaces();
    if (namespaces.length !== 1) return this.#mergeChunks(namespaces, after, limit);
    const sql = shortRowsSql("FROM task WHERE namespace = ? AND id > ? ORDER BY id LIMIT ?");
    return [readRows(this.#prepare(sql), namespaces[0]!, after, limit)];
  }

  readTasks(namespace: string, ids: readonly string[]): RowsText {
    const sql = rowsSql(
      [...leanColumns, `CASE WHEN length(input) > ${recalledInputCharactersMax} THEN 1 ELSE input END`],
      "FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN task ON namespace = ? AND id = wanted",
    );
    return readRows(this.#prepare(sql), JSON.stringify(ids), namespace);
  }

  /** The id range that holds the next `limit` tasks of all namespaces, then each namespace's share of it. */
  #mergeChunks(namespaces: readonly string[], after: string, limit: number): RowsText[] {
    const step = Math.max(16, Math.ceil((2 * limit) / Math.max(1, namespaces.length)));
    const ids = this.#prepare(
      "SELECT json_group_array(id) AS rows FROM (SELECT id FROM task WHERE namespace = ? AND id > ? ORDER BY id LIMIT ?)",
    );
    const merge = new IdMerge(namespaces, { after, limit, step });
    for (let next = merge.next(); next !== undefined; next = merge.next()) {
      merge.add(JSON.parse(readRows(ids, next.namespace, next.above, step)) as string[]);
    }
    const { last } = merge;
    if (last === undefined) return [];
    const sql = shortRowsSql("FROM task WHERE namespace = ? AND id > ? AND id <= ? ORDER BY id");
    return namespaces.map((namespace) => readRows(this.#prepare(sql), namespace, after, last));
  }

  #listNamespaces(): string[] {
    const next = this.#prepare("SELECT min(namespace) AS namespace FROM task WHERE namespace > ?");
    const names: string[] = [];
    for (let last = ""; ;) {
      const name = next.get(last)?.["namespace"];
      if (typeof name !== "string") return names;
      names.push(name);
      last = name;
    }
  }

  #readInput({ namespace, id }: RowKey): string | null {
    const row = this.#prepare("SELECT input FROM task WHERE namespace = ? AND id = ?").get(namespace, id);
    return (row?.["input"] ?? null) as string | null;
  }

  readInputs(keys: readonly RowKey[]): (string | null)[] {
    return keys.map((key) => this.#readInput(key));
  }

  loadFinished(taskset: RowKey, what: "unsuccessful" | "all", page: { after: string; limit: number }): RowsText {
    const range = this.#prepare("SELECT first_task, last_task FROM taskset WHERE namespace = ? AND id = ?").get(
      taskset.namespace,
      taskset.id,
    );
    const [first, last] = [range?.["first_task"], range?.["last_task"]];
    if (typeof first !== "string" || typeof last !== "string") return "[]";
    const sql = rowsSql(
      finishedColumns,
      `FROM history WHERE namespace = ? AND id >= ? AND id > ? AND id <= ? AND taskset = ?
       ${what === "all" ? "" : `AND ${unsuccessful}`} ORDER BY id LIMIT ?`,
    );
    const { after, limit } = page;
    return readRows(this.#prepare(sql), taskset.namespace, first, after, last, taskset.id, limit);
  }

  loadEstimates(namespace: string, estimateClass: string): RowsText {
    const sql = rowsSql(estimateColumns, "FROM estimate WHERE namespace = ? AND class = ? ORDER BY key");
    return readRows(this.#prepare(sql), namespace, estimateClass);
  }

  /** Class and key as they are packed. */
  listEstimates(namespace: string, { class: of, after, limit }: EstimateRange): RowsText {
    const place = after === undefined ? "" : "AND key > ?4";
    const where = `WHERE namespace = ?1 AND class = ?2 ${place} ORDER BY key LIMIT ?3`;
    const from = after === undefined ? [] : [after];
    return readRows(this.#prepare(rowsSql(estimateColumns, `FROM estimate ${where}`)), namespace, of, limit, ...from);
  }

  readTask({ namespace, id }: RowKey): { isFinished: boolean; rows: RowsText } {
    const hot = readRows(
      this.#prepare(rowsSql(taskColumns, "FROM task WHERE namespace = ? AND id = ?")),
      namespace,
      id,
    );
    if (hot !== "[]") return { isFinished: false, rows: hot };
    const sql = rowsSql(finishedColumns, "FROM history WHERE namespace = ? AND id = ?");
    return { isFinished: true, rows: readRows(this.#prepare(sql), namespace, id) };
  }

  listTasks(namespace: string, query: TaskQuery): ListedTasks {
    return this.#tasks.list(namespace, query);
  }

  readTaskset({ namespace, id }: RowKey): RowsText {
    const sql = rowsSql(tasksetColumns, "FROM taskset WHERE namespace = ? AND id = ?");
    return readRows(this.#prepare(sql), namespace, id);
  }

  listTasksets(namespace: string, query: TasksetQuery): { rows: RowsText; nextCursor: string | undefined } {
    return this.#tasksets.list(namespace, query);
  }

  readTrials({ namespace, id }: RowKey): RowsText {
    const sql = rowsSql(trialColumns, "FROM trial WHERE namespace = ? AND task = ? ORDER BY n");
    return readRows(this.#prepare(sql), namespace, id);
  }

  readOffers({ namespace, id }: RowKey): RowsText {
    const sql = rowsSql(offerColumns, "FROM offer WHERE namespace = ? AND task = ? ORDER BY at_ms, number");
    return readRows(this.#prepare(sql), namespace, id);
  }

  readPhases({ namespace, id }: RowKey): RowsText {
    const order = "ORDER BY ended_at_ms, worker, phase";
    const sql = rowsSql(phaseColumns, `FROM phase WHERE namespace = ? AND taskset = ? ${order}`);
    return readRows(this.#prepare(sql), namespace, id);
  }

  /** Class and key as they are packed. */
  listFlaky(namespace: string, { class: of, key, after = ["", ""], limit }: FlakyRange): RowsText {
    const now = `coalesce((SELECT samples FROM estimate WHERE estimate.namespace = flaky.namespace
      AND estimate.class = flaky.class AND estimate.key = flaky.key), 0)`;
    const sql = rowsSql(
      [...flakyColumns, now],
      `FROM flaky WHERE namespace = ?1 AND (class, key) IN (SELECT DISTINCT class, key FROM flaky
         WHERE namespace = ?1 AND (?2 IS NULL OR class = ?2) AND (?3 IS NULL OR key = ?3) AND (class, key) > (?4, ?5)
         ORDER BY class, key LIMIT ?6) ORDER BY class, key, at_ms, task`,
    );
    return readRows(this.#prepare(sql), namespace, of ?? null, key ?? null, ...after, limit);
  }

  /** Class, key and example as they are packed. */
  listMuted(namespace: string, { class: of, key, after, nowMs, limit }: MutedRange): RowsText {
    const place = after === undefined ? "" : "AND (class, key, example) > (?4, ?5, ?6)";
    const sql = rowsSql(
      mutedColumns,
      `FROM muted WHERE namespace = ?1 AND (?2 IS NULL OR class = ?2) AND (?3 IS NULL OR key = ?3) ${place}
         AND (expires_at_ms IS NULL OR expires_at_ms > ?7) ORDER BY class, key, example LIMIT ?8`,
    );
    const from = after === undefined ? [null, null, null] : [after[0], after[1], after[2] ?? ""];
    return readRows(this.#prepare(sql), namespace, of ?? null, key ?? null, ...from, nowMs, limit);
  }

  countMuted(namespace: string, nowMs: number): number {
    const sql = "SELECT count(*) AS n FROM muted WHERE namespace = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)";
    return this.#prepare(sql).get(namespace, nowMs)!["n"] as number;
  }

  readIdempotency(namespace: string, scope: string, key: string): RowsText {
    const sql = rowsSql(idempotencyColumns, "FROM idempotency WHERE namespace = ? AND scope = ? AND key = ?");
    return readRows(this.#prepare(sql), namespace, scope, key);
  }

  readLog(range: LogRange): LogSlice {
    return this.#logs.read(range);
  }

  measureLog(namespace: string, trial: string): LogMeasure {
    return this.#logs.measure(namespace, trial);
  }

  /** Statements by their text: each is prepared once a connection. */
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
