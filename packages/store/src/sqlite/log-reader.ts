import { cutLog } from "../row/log-cut.js";
import type { LogRange, LogSlice } from "../store.js";
import type { Statement } from "./database.js";

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

  read({ namespace, trial, stream, offset, bytesMax }: LogRange): LogSlice {
    const key = [namespace, trial, stream] as const;
    const first = this.#prepare(
      `SELECT max(start) AS start FROM log WHERE namespace = ? AND trial = ? AND stream = ? AND start <= ?`,
    ).get(...key, offset)?.["start"];
    if (typeof first !== "number") return { text: "", offset, nextOffset: offset };
    const { bytes, wasFollowed } = this.#collect(key, first, offset - first + Math.max(bytesMax, 4));
    return cutLog({ bytes, first, wasFollowed }, { offset, bytesMax });
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
