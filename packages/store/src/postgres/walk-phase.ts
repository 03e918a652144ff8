import { encodeIdBody, idPrefixes } from "@capstan/protocol/plain";
import { arraysOf, type Candidate, type Place, type PrunePhase } from "./prune-phase.js";
import type { Runner } from "./session.js";

/** The least id of its kind that could be made at that time. */
function bodyAt(timeMs: number): string {
  return encodeIdBody({ timeMs: Math.max(0, Math.floor(timeMs)), partition: 0, epoch: 0, sequence: 0 });
}

interface WalkedTable {
  readonly table: string;
  /** The column after the namespace in its key. */
  readonly column: string;
  /** An expression that says whether a row is past the instant $3. */
  readonly past: string;
}

type List = (
  runner: Runner,
  after: Place,
  range: { readonly bound: string; readonly cutoffMs: number; readonly limit: number },
) => Promise<readonly Candidate[]>;

/** Walks a table whose key begins with (namespace, column), namespace by namespace, up to a bound of the column. */
function makeWalk({ table, column, past }: WalkedTable): List {
  const rowsSql = `SELECT DISTINCT ${column}, ${past} FROM ${table}
    WHERE namespace = $1 AND ${column} > $2 AND ${column} < $4 ORDER BY ${column} LIMIT $5`;
  const nextSql = `SELECT min(namespace) FROM ${table} WHERE namespace > $1`;
  return async (runner, after, { bound, cutoffMs, limit }) => {
    const found: Candidate[] = [];
    let [namespace, key] = after as [string, string];
    for (;;) {
      const { rows } = await runner.run(rowsSql, namespace, key, cutoffMs, bound, limit - found.length);
      for (const [each, isPast] of rows) {
        found.push({ place: [namespace, each!], isPast: isPast === "t" });
      }
      if (found.length >= limit) return found;
      const name = (await runner.run(nextSql, namespace)).rows[0]?.[0];
      if (typeof name !== "string") return found;
      [namespace, key] = [name, ""];
    }
  };
}

/** Deletes rows of the things at the given places, at most $3 of them; `same` ties a row to a place. */
function makeRemoval(table: string, same: string): string {
  return `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ${table}.ctid FROM unnest($1::text[], $2::text[]) AS given(namespace, key)
    JOIN ${table} ON ${table}.namespace = given.namespace AND ${same} LIMIT $3))`;
}

/** What refers to a thing goes first, and the thing with the last of it. */
function makeRemove(removals: readonly string[]): PrunePhase["remove"] {
  return async (runner, places, rowsMax) => {
    // Each of them is at least one row.
    const arrays = arraysOf(places.slice(0, rowsMax), 2);
    let deleted = 0;
    for (const sql of removals) {
      if (deleted >= rowsMax) break;
      deleted += (await runner.run(sql, ...arrays, rowsMax - deleted)).count;
    }
    return deleted;
  };
}

const origin: Place = ["", ""];
const taskOfTrial = "'task_' || substr(trial, 7, 22)";

const walkLogs = makeWalk({
  table: "log_stream",
  column: "trial",
  past: `NOT EXISTS (SELECT 1 FROM task WHERE task.namespace = log_stream.namespace AND task.id = ${taskOfTrial})
    AND coalesce((SELECT ended_at_ms FROM history
      WHERE history.namespace = log_stream.namespace AND history.id = ${taskOfTrial}), 0) < $3::int8`,
});

/** Logs of tasks that ended long enough ago, or that are gone. */
export const logPhase: PrunePhase = {
  origin,
  list(runner, after, { limit, options: { nowMs, logRetentionMs } }) {
    const cutoffMs = nowMs - logRetentionMs;
    return walkLogs(runner, after, { bound: `trial_${bodyAt(cutoffMs)}`, cutoffMs, limit });
  },
  remove: makeRemove([
    makeRemoval("log", "log.trial = given.key"),
    makeRemoval("log_stream", "log_stream.trial = given.key"),
  ]),
};

/** A task's trials are named after it: a range of ids. */
const ofTask = (table: string): string =>
  `${table}.trial > 'trial_' || substr(given.key, 6) || '_' AND ${table}.trial < 'trial_' || substr(given.key, 6) || '_~'`;

const walkTasks = makeWalk({ table: "history", column: "id", past: "ended_at_ms < $3::int8" });

/** Finished tasks, with their trials and what is left of their logs. */
export const taskPhase: PrunePhase = {
  origin,
  list(runner, after, { limit, options: { nowMs, taskRetentionMs } }) {
    const cutoffMs = nowMs - taskRetentionMs;
    return walkTasks(runner, after, { bound: idPrefixes.task + bodyAt(cutoffMs), cutoffMs, limit });
  },
  remove: makeRemove([
    makeRemoval("log", ofTask("log")),
    makeRemoval("log_stream", ofTask("log_stream")),
    makeRemoval("trial", "trial.task = given.key"),
    makeRemoval("offer", "offer.task = given.key"),
    makeRemoval("history", "history.id = given.key"),
  ]),
};

const holds = (table: string): string =>
  `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.namespace = taskset.namespace AND ${table}.id >= taskset.first_task
     AND ${table}.id <= taskset.last_task AND ${table}.taskset = taskset.id)`;

const walkTasksets = makeWalk({
  table: "taskset",
  column: "id",
  past: `ended_at_ms IS NOT NULL AND ended_at_ms < $3::int8 AND NOT ${holds("history")} AND NOT ${holds("task")}`,
});

/** Ended tasksets none of whose tasks is left. */
export const tasksetPhase: PrunePhase = {
  origin,
  list(runner, after, { limit, options: { nowMs, taskRetentionMs } }) {
    const cutoffMs = nowMs - taskRetentionMs;
    return walkTasksets(runner, after, { bound: idPrefixes.taskset + bodyAt(cutoffMs), cutoffMs, limit });
  },
  remove: makeRemove([
    makeRemoval("phase", "phase.taskset = given.key"),
    makeRemoval("taskset", "taskset.id = given.key"),
  ]),
};
