import { encodeIdBody, idPrefixes, times } from "@capstan/protocol/plain";
import type { PruneOptions } from "../store.js";
import type { Database, Statement, Value } from "./database.js";

export interface BlobKey {
  readonly namespace: string;
  readonly digest: string;
}

export interface PruneResult {
  readonly deleted: number;
  readonly hasMore: boolean;
}

/** Rows looked at for each row that may be deleted: a step stays short also when nearly all rows are kept. */
const lookedAtPerRow = 4;

interface Place {
  readonly namespace: string;
  readonly key: string;
}

interface Candidate extends Place {
  readonly isPast: boolean;
}

/** One kind of thing that is pruned: where to look, what is past its retention, how to delete it. */
interface Phase {
  /** Things after a place in the order of their keys. */
  list(after: Place, limit: number, options: PruneOptions): readonly Candidate[];
  /** Says how many rows went; may leave some for the next step. */
  remove(place: Place, rowsMax: number): number;
}

/**
 * Deletes what is past its retention, in steps. Ids sort by the time of launch and nothing ends before its launch, so
 * a sweep walks each table from its oldest key up to the retention limit: no index by time is needed. Where it stands
 * is kept in memory; after a restart it begins anew.
 */
export class Pruner {
  readonly #transact: <T>(step: () => T) => T;
  readonly #phases: readonly Phase[];
  readonly #isUsed: Statement;
  readonly #manifests: Statement;
  #phase = 0;
  #after: Place = { namespace: "", key: "" };

  constructor(database: Database, transact: <T>(step: () => T) => T) {
    this.#transact = transact;
    this.#phases = [
      makeLogPhase(database),
      makeTaskPhase(database),
      makeTasksetPhase(database),
      makeKeyPhase(database),
      makeEstimatePhase(database),
      makeFlakyPhase(database),
      makeMutedPhase(database),
    ];
    this.#isUsed = database.prepare(
      ["task:input_blob", "history:input_blob", "history:last_output_blob", "trial:output_blob"]
        .map((place) => place.split(":"))
        .map(
          ([table, column]) =>
            `SELECT 1 FROM ${table} WHERE namespace = ?1 AND ${column} ->> '$.digest' = ?2 AND ${column} IS NOT NULL`,
        )
        .join(" UNION ALL ") + " LIMIT 1",
    );
    this.#manifests = database.prepare("SELECT digest, manifest FROM revision WHERE namespace = ?");
  }

  /** One short transaction; `hasMore` until the sweep has been through everything, then the next call starts a new one. */
  step(options: PruneOptions): PruneResult {
    return this.#transact(() => {
      const phase = this.#phases[this.#phase]!;
      const limit = Math.max(1, options.rowsMax) * lookedAtPerRow;
      const candidates = phase.list(this.#after, limit, options);
      let deleted = 0;
      let isUnfinished = candidates.length === limit;
      for (const candidate of candidates) {
        if (deleted >= options.rowsMax) {
          isUnfinished = true;
          break;
        }
        if (candidate.isPast) {
          const removed = phase.remove(candidate, options.rowsMax - deleted);
          deleted += removed;
          if (deleted >= options.rowsMax) {
            isUnfinished = true;
            break;
          }
        }
        this.#after = candidate;
      }
      if (!isUnfinished) this.#nextPhase();
      return { deleted, hasMore: isUnfinished || this.#phase !== 0 };
    });
  }

  #nextPhase(): void {
    this.#phase = (this.#phase + 1) % this.#phases.length;
    this.#after = { namespace: "", key: "" };
  }

  findUnused(blobs: readonly BlobKey[]): readonly BlobKey[] {
    const revisions = new Map<string, string>();
    return blobs.filter(({ namespace, digest }) => {
      if (this.#isUsed.get(namespace, digest) !== undefined) return false;
      let text = revisions.get(namespace);
      if (text === undefined) {
        const rows = this.#manifests.all(namespace);
        text = rows.map((row) => `${String(row["digest"])} ${String(row["manifest"])}`).join("\n");
        revisions.set(namespace, text);
      }
      return !text.includes(digest);
    });
  }
}

/** The least id of its kind that could be made at that time. */
function bodyAt(timeMs: number): string {
  return encodeIdBody({ timeMs: Math.max(0, Math.floor(timeMs)), partition: 0, epoch: 0, sequence: 0 });
}

interface WalkRange {
  /** Keys from here on are too young. */
  readonly bound: string;
  /** Of the expression `past`. */
  readonly values: readonly Value[];
  readonly limit: number;
}

interface WalkedTable {
  readonly table: string;
  readonly column: string;
  /** An expression that says whether a row is past its retention. */
  readonly past: string;
}

/** Walks a table whose key is (namespace, column), namespace by namespace, up to a bound of the column. */
function makeWalk(
  database: Database,
  { table, column, past }: WalkedTable,
): (after: Place, range: WalkRange) => Candidate[] {
  const rows = database.prepare(
    `SELECT DISTINCT ${column} AS key, ${past} AS isPast FROM ${table}
     WHERE namespace = ? AND ${column} > ? AND ${column} < ? ORDER BY ${column} LIMIT ?`,
  );
  const next = database.prepare(`SELECT min(namespace) AS namespace FROM ${table} WHERE namespace > ?`);
  return (after, { bound, values, limit }) => {
    const found: Candidate[] = [];
    let { namespace, key } = after;
    for (;;) {
      for (const row of rows.all(...values, namespace, key, bound, limit - found.length)) {
        found.push({ namespace, key: row["key"] as string, isPast: row["isPast"] === 1 });
      }
      if (found.length >= limit) return found;
      const name = next.get(namespace)?.["namespace"];
      if (typeof name !== "string") return found;
      [namespace, key] = [name, ""];
    }
  };
}

interface LogEraser {
  (namespace: string, trial: string, rowsMax: number): number;
}

/** Erases a trial's log, at most so many rows; its streams' ends go with the last row. */
function makeLogEraser(database: Database): LogEraser {
  const text = database.prepare(
    `DELETE FROM log WHERE (namespace, trial, stream, start) IN
       (SELECT namespace, trial, stream, start FROM log WHERE namespace = ? AND trial = ? LIMIT ?)`,
  );
  const ends = database.prepare("DELETE FROM log_stream WHERE namespace = ? AND trial = ?");
  return (namespace, trial, rowsMax) => {
    const removed = Number(text.run(namespace, trial, rowsMax).changes);
    return removed < rowsMax ? removed + Number(ends.run(namespace, trial).changes) : removed;
  };
}

/** Logs of tasks that ended long enough ago, or that are gone. */
function makeLogPhase(database: Database): Phase {
  const task = "'task_' || substr(trial, 7, 22)";
  const walk = makeWalk(database, {
    table: "log_stream",
    column: "trial",
    past: `NOT EXISTS (SELECT 1 FROM task WHERE task.namespace = log_stream.namespace AND task.id = ${task})
      AND coalesce((SELECT ended_at_ms FROM history WHERE history.namespace = log_stream.namespace AND history.id = ${task}), 0) < ?`,
  });
  const erase = makeLogEraser(database);
  return {
    list(after, limit, { nowMs, logRetentionMs }) {
      const cutoff = nowMs - logRetentionMs;
      return walk(after, { bound: `trial_${bodyAt(cutoff)}`, values: [cutoff], limit });
    },
    remove: ({ namespace, key }, rowsMax) => erase(namespace, key, rowsMax),
  };
}

/** Finished tasks, with their trials and what is left of their logs. */
function makeTaskPhase(database: Database): Phase {
  const walk = makeWalk(database, { table: "history", column: "id", past: "ended_at_ms < ?" });
  const logs = database.prepare(
    "SELECT DISTINCT trial FROM log_stream WHERE namespace = ? AND trial > ? AND trial < ? ORDER BY trial",
  );
  const erase = makeLogEraser(database);
  const trials = database.prepare("DELETE FROM trial WHERE namespace = ? AND task = ?");
  const offers = database.prepare("DELETE FROM offer WHERE namespace = ? AND task = ?");
  const task = database.prepare("DELETE FROM history WHERE namespace = ? AND id = ?");
  return {
    list(after, limit, { nowMs, taskRetentionMs }) {
      const cutoff = nowMs - taskRetentionMs;
      return walk(after, { bound: idPrefixes.task + bodyAt(cutoff), values: [cutoff], limit });
    },
    remove({ namespace, key }, rowsMax) {
      const body = key.slice(idPrefixes.task.length);
      let removed = 0;
      for (const row of logs.all(namespace, `trial_${body}_`, `trial_${body}_~`)) {
        removed += erase(namespace, row["trial"] as string, rowsMax - removed);
        if (removed >= rowsMax) return removed;
      }
      removed += Number(trials.run(namespace, key).changes);
      removed += Number(offers.run(namespace, key).changes);
      return removed + Number(task.run(namespace, key).changes);
    },
  };
}

/** Ended tasksets none of whose tasks is left. */
function makeTasksetPhase(database: Database): Phase {
  const holds = (table: string) =>
    `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.namespace = taskset.namespace AND ${table}.id >= first_task
       AND ${table}.id <= last_task AND ${table}.taskset = taskset.id)`;
  const walk = makeWalk(database, {
    table: "taskset",
    column: "id",
    past: `ended_at_ms IS NOT NULL AND ended_at_ms < ? AND NOT ${holds("history")} AND NOT ${holds("task")}`,
  });
  const phases = database.prepare("DELETE FROM phase WHERE namespace = ? AND taskset = ?");
  const taskset = database.prepare("DELETE FROM taskset WHERE namespace = ? AND id = ?");
  return {
    list(after, limit, { nowMs, taskRetentionMs }) {
      const cutoff = nowMs - taskRetentionMs;
      return walk(after, { bound: idPrefixes.taskset + bodyAt(cutoff), values: [cutoff], limit });
    },
    remove: ({ namespace, key }) =>
      Number(phases.run(namespace, key).changes) + Number(taskset.run(namespace, key).changes),
  };
}

/** Idempotency keys past their time. */
function makeKeyPhase(database: Database): Phase {
  const where = { table: "idempotency", columns: ["scope", "key"], instant: "expires_at_ms" };
  return makeScanPhase(database, where, ({ nowMs }) => nowMs);
}

/** What was learnt of tasks that have not been seen for long. */
function makeEstimatePhase(database: Database): Phase {
  const where = { table: "estimate", columns: ["class", "key"], instant: "updated_at_ms" };
  return makeScanPhase(database, where, learntBefore);
}

/** Flaky verdicts of long ago. */
function makeFlakyPhase(database: Database): Phase {
  const where = { table: "flaky", columns: ["class", "key", "at_ms", "task"], instant: "at_ms" };
  return makeScanPhase(database, where, learntBefore);
}

/** Muted tests whose time is over. */
function makeMutedPhase(database: Database): Phase {
  const where = { table: "muted", columns: ["class", "key", "example"], instant: "expires_at_ms" };
  return makeScanPhase(database, where, ({ nowMs }) => nowMs);
}

function learntBefore({ nowMs, estimateRetentionMs = times.estimateRetentionMs }: PruneOptions): number {
  return nowMs - estimateRetentionMs;
}

/** A table whose key is (namespace, …columns), whole; the place is the columns as JSON. */
function makeScanPhase(
  database: Database,
  {
    table,
    columns,
    instant,
  }: { readonly table: string; readonly columns: readonly string[]; readonly instant: string },
  cutoff: (options: PruneOptions) => number,
): Phase {
  const list = columns.join(", ");
  const marks = columns.map(() => "?").join(", ");
  const rows = database.prepare(
    `SELECT namespace, json_array(${list}) AS place, ${instant} < ? AS isPast FROM ${table}
     WHERE (namespace, ${list}) > (?, ${marks}) ORDER BY namespace, ${list} LIMIT ?`,
  );
  const remove = database.prepare(`DELETE FROM ${table} WHERE (namespace, ${list}) = (?, ${marks})`);
  const cellsOf = (key: string): Value[] => (key === "" ? columns.map(() => "") : (JSON.parse(key) as Value[]));
  return {
    list(after, limit, options) {
      return rows.all(cutoff(options), after.namespace, ...cellsOf(after.key), limit).map((row) => ({
        namespace: row["namespace"] as string,
        key: row["place"] as string,
        isPast: row["isPast"] === 1,
      }));
    },
    remove: ({ namespace, key }) => Number(remove.run(namespace, ...cellsOf(key)).changes),
  };
}
