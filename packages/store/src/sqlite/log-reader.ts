import type { LogRange } from "../store.js";
import type { Statement } from "./database.js";

/** Bytes of a stream from an offset on, cut where characters end. */
export interface LogBytes {
  readonly text: string;
  readonly offset: number;
  readonly nextOffset: number;
}

export interface LogMeasure {
  readonly stdout: number;
  readonly stderr: number;
  readonly sequence: number;
}

type Prepare = (sql: string) => Statement;

const rowsPerRead = 64;

/** Reads ranges of the streams of trials. */
export class LogReader {
  readonly #prepare: Prepare;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** An offset inside a character is moved back to its first byte; at least one character is given when there is one. */
  read({ namespace, trial, stream, offset, bytesMax }: LogRange): LogBytes {
    const key = [namespace, trial, stream] as const;
    const first = this.#prepare(
      `SELECT max(start) AS start FROM log WHERE namespace = ? AND trial = ? AND stream = ? AND start <= ?`,
    ).get(...key, offset)?.["start"];
    if (typeof first !== "number") return { text: "", offset, nextOffset: offset };
    const { bytes, wasFollowed } = this.#collect(key, first, offset - first + Math.max(bytesMax, 4));
    if (offset - first >= bytes.length) return { text: "", offset, nextOffset: offset };
    const from = startOfCharacter(bytes, offset - first);
    const limit = Math.min(bytes.length, Math.max(from + 1, offset - first + bytesMax));
    const to = limit === bytes.length && !wasFollowed ? limit : endOfCharacter(bytes, from, limit);
    return { text: bytes.toString("utf8", from, to), offset: first + from, nextOffset: first + to };
  }

  /** Whole rows from one on until there are enough bytes. */
  #collect(
    key: readonly [string, string, string],
    first: number,
    bytesMin: number,
  ): { bytes: Buffer; wasFollowed: boolean } {
    const statement = this.#prepare(
      `SELECT start, text FROM log WHERE namespace = ? AND trial = ? AND stream = ? AND start >= ?
       ORDER BY start LIMIT ${rowsPerRead}`,
    );
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const rows = statement.all(...key, first + length);
      for (const row of rows) {
        const part = row["text"] as Uint8Array;
        parts.push(part);
        length += part.length;
        if (length >= bytesMin) return { bytes: Buffer.concat(parts), wasFollowed: true };
      }
      if (rows.length < rowsPerRead) return { bytes: Buffer.concat(parts), wasFollowed: false };
    }
  }

  measure(namespace: string, trial: string): LogMeasure {
    const rows = this.#prepare("SELECT stream, bytes, sequence FROM log_stream WHERE namespace = ? AND trial = ?").all(
      namespace,
      trial,
    );
    const measure = { stdout: 0, stderr: 0, sequence: 0 };
    for (const row of rows) {
      measure[row["stream"] as "stdout" | "stderr"] = row["bytes"] as number;
      measure.sequence = Math.max(measure.sequence, row["sequence"] as number);
    }
    return measure;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function startOfCharacter(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(bytes[start])) start -= 1;
  return start;
}

/** The last end of a character at or before `limit`, or the end of the first character when that is longer. */
function endOfCharacter(bytes: Uint8Array, from: number, limit: number): number {
  let end = startOfCharacter(bytes, limit);
  if (end > from) return end;
  end = from + 1;
  while (end < bytes.length && isContinuation(bytes[end])) end += 1;
  return end;
}
