import type {
  EstimateRow,
  FinishedTaskRow,
  IdempotencyRow,
  OfferRow,
  PhaseRow,
  PlainTaskRow,
  RecalledRow,
  TaskRow,
  TasksetRow,
  TrialRow,
} from "@capstan/core";
import { plainRowOf } from "@capstan/core";
import { finishedColumns, trialColumns, unpackFinished, unpackTrial } from "../row/finished-row.js";
import { flakyColumns, unpackFlaky } from "../row/flaky-row.js";
import { IdMerge } from "../row/id-merge.js";
import {
  estimateColumns,
  idempotencyColumns,
  offerColumns,
  phaseColumns,
  unpackEstimate,
  unpackIdempotency,
  unpackOffer,
  unpackPhase,
} from "../row/side-row.js";
import { taskColumns, unpackRecalled, unpackTask } from "../row/task-row.js";
import { tasksetColumns, unpackTaskset } from "../row/taskset-row.js";
import { packText } from "../row/text.js";
import {
  recalledInputCharactersMax,
  type EstimateRange,
  type FlakyRange,
  type RowKey,
  type StoredFlaky,
  type StoredTask,
} from "../store.js";
import type { Runner } from "./session.js";

function select(columns: readonly string[], rest: string): string {
  return `SELECT ${columns.join(", ")} ${rest}`;
}

const leanColumns = taskColumns.slice(0, -1);
const unsuccessful = "AND status IN ('failed', 'abandoned', 'cancelled')";

/** The names that there are in the hot table, one step in the index each. */
const namespacesSql = `WITH RECURSIVE name(value) AS (
    SELECT min(namespace) FROM task
    UNION ALL SELECT (SELECT min(namespace) FROM task WHERE namespace > value) FROM name WHERE value IS NOT NULL)
  SELECT value FROM name WHERE value IS NOT NULL`;

/** All tasks that may have live trials: the table is read whole, so that its states change without touching an index. */
export async function loadLive(runner: Runner): Promise<readonly TaskRow[]> {
  const sql = select(leanColumns, "FROM task WHERE status <> 'queued' AND status <> 'waiting' ORDER BY namespace, id");
  return (await runner.run(sql)).rows.map(unpackTask);
}

export async function loadTasks(
  runner: Runner,
  after: string,
  limit: number,
): Promise<readonly (TaskRow | PlainTaskRow)[]> {
  const namespaces = (await runner.run(namespacesSql)).rows.map(([name]) => name as string);
  const last = namespaces.length === 1 ? "~" : await findLast(runner, namespaces, { after, limit });
  const sql = select(leanColumns, "FROM task WHERE namespace = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4");
  const found: (TaskRow | PlainTaskRow)[] = [];
  for (const namespace of last === undefined ? [] : namespaces) {
    const { rows } = await runner.run(sql, namespace, after, last!, limit);
    for (const cells of rows) {
      const row = unpackTask(cells);
      found.push(plainRowOf(row) ?? row);
    }
  }
  return namespaces.length > 1 ? found.toSorted((left, right) => (left.id < right.id ? -1 : 1)) : found;
}

/** The last id of the next `limit` tasks over all namespaces. */
async function findLast(
  runner: Runner,
  namespaces: readonly string[],
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<string | undefined> {
  const step = Math.max(16, Math.ceil((2 * limit) / Math.max(1, namespaces.length)));
  const merge = new IdMerge(namespaces, { after, limit, step });
  const sql = "SELECT id FROM task WHERE namespace = $1 AND id > $2 ORDER BY id LIMIT $3";
  for (let next = merge.next(); next !== undefined; next = merge.next()) {
    const { rows } = await runner.run(sql, next.namespace, next.above, step);
    merge.add(rows.map(([id]) => id as string));
  }
  return merge.last;
}

export async function readTasks(
  runner: Runner,
  namespace: string,
  ids: readonly string[],
): Promise<readonly RecalledRow[]> {
  const columns = leanColumns.map((column) => `task.${column}`);
  const isLeftOut = `length(input) > ${recalledInputCharactersMax}`;
  const sql = select(
    [...columns, `CASE WHEN ${isLeftOut} THEN NULL ELSE input END`, `${isLeftOut} IS TRUE`],
    `FROM unnest($2::text[]) WITH ORDINALITY AS given(id, number)
     JOIN task ON task.namespace = $1 AND task.id = given.id ORDER BY number`,
  );
  const { rows } = await runner.run(sql, namespace, ids);
  return rows.map((cells) => {
    const isLeftOut = cells.pop() === "t";
    // A number stands for an input that is left out.
    if (isLeftOut) cells[cells.length - 1] = 1;
    return unpackRecalled(cells);
  });
}

export async function readInputs(runner: Runner, keys: readonly RowKey[]): Promise<readonly (string | null)[]> {
  const sql = `SELECT task.input FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given(namespace, id, number)
    LEFT JOIN task ON task.namespace = given.namespace AND task.id = given.id ORDER BY number`;
  const { rows } = await runner.run(
    sql,
    keys.map(({ namespace }) => namespace),
    keys.map(({ id }) => id),
  );
  return rows.map(([input]) => input as string | null);
}

export async function loadFinished(
  runner: Runner,
  taskset: RowKey,
  { what, after, limit }: { readonly what: "unsuccessful" | "all"; readonly after: string; readonly limit: number },
): Promise<readonly FinishedTaskRow[]> {
  const end = (column: string): string => `(SELECT ${column} FROM taskset WHERE namespace = $1 AND id = $2)`;
  const sql = select(
    finishedColumns,
    `FROM history WHERE namespace = $1 AND id >= ${end("first_task")} AND id > $3 AND id <= ${end("last_task")}
       AND taskset = $2 ${what === "all" ? "" : unsuccessful} ORDER BY id LIMIT $4`,
  );
  const { rows } = await runner.run(sql, taskset.namespace, taskset.id, after, limit);
  return rows.map(unpackFinished);
}

export async function loadEstimates(
  runner: Runner,
  namespace: string,
  estimateClass: string,
): Promise<readonly EstimateRow[]> {
  const sql = select(estimateColumns, "FROM estimate WHERE namespace = $1 AND class = $2 ORDER BY key");
  return (await runner.run(sql, namespace, packText(estimateClass))).rows.map(unpackEstimate);
}

export async function listEstimates(
  runner: Runner,
  namespace: string,
  { class: of, after, limit }: EstimateRange,
): Promise<readonly EstimateRow[]> {
  const place = "($3::text IS NULL OR key > $3)";
  const where = `WHERE namespace = $1 AND class = $2 AND ${place} ORDER BY key LIMIT $4`;
  const sql = select(estimateColumns, `FROM estimate ${where}`);
  return (await runner.run(sql, namespace, packText(of), packText(after ?? null), limit)).rows.map(unpackEstimate);
}

/** To be run within a snapshot: a task moves between the two tables. */
export async function readTask(runner: Runner, { namespace, id }: RowKey): Promise<StoredTask | undefined> {
  const where = "WHERE namespace = $1 AND id = $2";
  const [hot] = (await runner.run(select(taskColumns, `FROM task ${where}`), namespace, id)).rows;
  if (hot !== undefined) return { isFinished: false, row: unpackTask(hot) };
  const [finished] = (await runner.run(select(finishedColumns, `FROM history ${where}`), namespace, id)).rows;
  return finished === undefined ? undefined : { isFinished: true, row: unpackFinished(finished) };
}

export async function readTaskset(runner: Runner, { namespace, id }: RowKey): Promise<TasksetRow | undefined> {
  const sql = select(tasksetColumns, "FROM taskset WHERE namespace = $1 AND id = $2");
  return (await runner.run(sql, namespace, id)).rows.map(unpackTaskset)[0];
}

export async function readTrials(runner: Runner, { namespace, id }: RowKey): Promise<readonly TrialRow[]> {
  const sql = select(trialColumns, "FROM trial WHERE namespace = $1 AND task = $2 ORDER BY n");
  return (await runner.run(sql, namespace, id)).rows.map(unpackTrial);
}

export async function readOffers(runner: Runner, { namespace, id }: RowKey): Promise<readonly OfferRow[]> {
  const sql = select(offerColumns, "FROM offer WHERE namespace = $1 AND task = $2 ORDER BY at_ms, number");
  return (await runner.run(sql, namespace, id)).rows.map(unpackOffer);
}

export async function readPhases(runner: Runner, { namespace, id }: RowKey): Promise<readonly PhaseRow[]> {
  const order = "ORDER BY ended_at_ms, worker, phase";
  const sql = select(phaseColumns, `FROM phase WHERE namespace = $1 AND taskset = $2 ${order}`);
  return (await runner.run(sql, namespace, id)).rows.map(unpackPhase);
}

export async function listFlaky(
  runner: Runner,
  namespace: string,
  { class: of, key, after = ["", ""], limit }: FlakyRange,
): Promise<readonly StoredFlaky[]> {
  const now = `coalesce((SELECT samples FROM estimate WHERE estimate.namespace = flaky.namespace
    AND estimate.class = flaky.class AND estimate.key_hash = flaky.key_hash), 0)`;
  const sql = select(
    [...flakyColumns, now],
    `FROM flaky WHERE namespace = $1 AND (class, key) IN (SELECT DISTINCT class, key FROM flaky
       WHERE namespace = $1 AND ($2::text IS NULL OR class = $2) AND ($3::text IS NULL OR key = $3)
         AND (class, key) > ($4, $5) ORDER BY class, key LIMIT $6) ORDER BY class, key, at_ms, task`,
  );
  const pack = (text: string | undefined): string | null => (text === undefined ? null : packText(text));
  const values = [pack(of), pack(key), packText(after[0]), packText(after[1]), limit];
  return (await runner.run(sql, namespace, ...values)).rows.map(unpackFlaky);
}

export async function readIdempotency(
  runner: Runner,
  [namespace, scope, key]: readonly [string, string, string],
): Promise<IdempotencyRow | undefined> {
  const sql = select(idempotencyColumns, "FROM idempotency WHERE namespace = $1 AND scope = $2 AND key = $3");
  return (await runner.run(sql, namespace, scope, packText(key))).rows.map(unpackIdempotency)[0];
}
