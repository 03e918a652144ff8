import { cutLog } from "../row/log-cut.js";
import type { LogRange, LogSlice } from "../store.js";
import type { Runner } from "./session.js";

const rowsPerRead = 64;

const rowsFrom = (start: string): string =>
  `SELECT start, text FROM log WHERE namespace = $1 AND trial = $2 AND stream = $3 AND start >= ${start}
   ORDER BY start LIMIT ${rowsPerRead}`;
/** The row in which an offset lies, and those after it. */
const firstSql = rowsFrom(`coalesce(
  (SELECT max(start) FROM log WHERE namespace = $1 AND trial = $2 AND stream = $3 AND start <= $4::int8), $4::int8)`);
const nextSql = rowsFrom("$4::int8");

/** Reads a range of a stream. Logs only grow, so that reads after another give what one would. */
export async function readLog(
  runner: Runner,
  { namespace, trial, stream, offset, bytesMax }: LogRange,
): Promise<LogSlice> {
  const parts: Buffer[] = [];
  const enough = offset + Math.max(bytesMax, 4);
  let first = offset;
  let next = offset;
  for (let isMore = true; isMore && next < enough;) {
    const { rows } = await runner.run(parts.length === 0 ? firstSql : nextSql, namespace, trial, stream, next);
    if (parts.length === 0) first = (rows[0]?.[0] ?? offset) as number;
    for (const [start, part] of rows) {
      parts.push(part as Buffer);
      next = (start as number) + (part as Buffer).length;
    }
    isMore = rows.length === rowsPerRead;
  }
  return cutLog({ bytes: Buffer.concat(parts), first, wasFollowed: next >= enough }, { offset, bytesMax });
}

const ends = "SELECT stream, bytes, sequence FROM log_stream WHERE namespace = $1 AND trial = $2";

/** How many bytes each stream has, and the last sequence of both. */
export async function measureLog(
  runner: Runner,
  namespace: string,
  trial: string,
): Promise<{ readonly stdout: number; readonly stderr: number; readonly sequence: number }> {
  const measure = { stdout: 0, stderr: 0, sequence: 0 };
  for (const [stream, bytes, sequence] of (await runner.run(ends, namespace, trial)).rows) {
    measure[stream as "stdout" | "stderr"] = bytes as number;
    measure.sequence = Math.max(measure.sequence, sequence as number);
  }
  return measure;
}
