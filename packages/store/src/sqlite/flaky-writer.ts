import { limits } from "@capstan/protocol/plain";
import type { Database } from "./database.js";
import { flakyCells, flakyColumns } from "../row/flaky-row.js";
import type { TableWriter } from "./table-writer.js";

const failedTrials = `trial WHERE trial.namespace = ?1 AND trial.task = ?5 AND trial.round = ?8
  AND is_counted = 1 AND status IN ('failed', 'error', 'timeout')`;

/** An output is what a trial likes: only an object with a text under the name counts, and nothing else is an error. */
function textOf(name: string): string {
  const isText = `json_type(example.value, '$.${name}') = 'text'`;
  return `CASE WHEN example.type = 'object' THEN CASE WHEN ${isText} THEN example.value ->> '$.${name}' END END`;
}

/** The examples that failed in the trials of the round before the one that succeeded. */
const failedExamples = `SELECT DISTINCT ${textOf("id")} AS id, substr(${textOf("name")}, 1, 500) AS name
  FROM trial, json_each(CASE WHEN json_valid(trial.output) THEN trial.output ELSE '{}' END, '$.examples') AS example
  WHERE trial.namespace = ?1 AND trial.task = ?5 AND trial.round = ?8 AND is_counted = 1
    AND ${textOf("status")} = 'failed' AND length(${textOf("id")}) <= 1000 AND ${textOf("name")} IS NOT NULL
  ORDER BY trial.n, example.key LIMIT ${limits.flakyExamplesMax}`;

const insertSql = `INSERT OR REPLACE INTO flaky (${flakyColumns.join(", ")}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
  (SELECT max(n) FROM ${failedTrials}),
  (SELECT json_group_array(json_object('id', id, 'name', name)) FROM (${failedExamples})))`;

const trimSql = `DELETE FROM flaky WHERE namespace = ?1 AND class = ?2 AND key = ?3 AND (at_ms, task) <=
  (SELECT at_ms, task FROM flaky WHERE namespace = ?1 AND class = ?2 AND key = ?3
   ORDER BY at_ms DESC, task DESC LIMIT 1 OFFSET ${limits.flakyMax})`;

/** Adds a record of a flaky verdict from what its earlier trials say, and drops those of its key beyond the last few. */
export function makeFlakyWriter(database: Database): TableWriter {
  const insert = database.prepare(insertSql);
  const trim = database.prepare(trimSql);
  return {
    width: flakyCells,
    write: (cells, at) => {
      insert.run(...cells.slice(at, at + flakyCells));
      trim.run(...cells.slice(at, at + 3));
    },
  };
}
