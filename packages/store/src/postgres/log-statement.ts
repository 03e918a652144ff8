import type { TableStatement } from "./table-statement.js";

const before = `(PARTITION BY namespace, trial, stream ORDER BY given_number
  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;

const columns = [
  { name: "namespace", kind: "text" },
  { name: "trial", kind: "text" },
  { name: "stream", kind: "text" },
  { name: "sequence", kind: "int8" },
  { name: "at_ms", kind: "int8" },
  // Bytes, not text: a text holds no NUL, and ranges are counted in bytes.
  { name: "text", kind: "bytea" },
] as const;

const results = columns.map(({ name, kind }, at) => `unnest($${at + 1}::${kind}[]) AS ${name}`).join(", ");

/**
 * Appends text to the streams of trials. Sequences of a stream rise from 1: a row whose sequence is not above all before
 * it, stored or given, is a repetition and is dropped.
 */
export const appendLogs: TableStatement = {
  columns,
  text: `WITH given AS (
      SELECT raw.*, octet_length(raw.text) AS length, coalesce(ends.bytes, 0) AS bytes, coalesce(ends.sequence, 0) AS stored
      FROM (SELECT ${results}, generate_subscripts($1::text[], 1) AS given_number) AS raw
      LEFT JOIN log_stream AS ends
        ON ends.namespace = raw.namespace AND ends.trial = raw.trial AND ends.stream = raw.stream),
    seen AS (SELECT *, greatest(stored, max(sequence) OVER ${before}) AS last FROM given),
    kept AS (SELECT *, bytes + coalesce(sum(length) OVER ${before}, 0)::int8 AS start FROM seen WHERE sequence > last),
    written AS (
      INSERT INTO log (namespace, trial, stream, start, sequence, at_ms, text)
      SELECT namespace, trial, stream, start, sequence, at_ms, text FROM kept WHERE length > 0)
    INSERT INTO log_stream (namespace, trial, stream, bytes, sequence)
    SELECT namespace, trial, stream, max(start + length), max(sequence) FROM kept GROUP BY namespace, trial, stream
    ON CONFLICT (namespace, trial, stream) DO UPDATE SET bytes = excluded.bytes, sequence = excluded.sequence`,
};
