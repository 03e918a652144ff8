import type { Database, Statement, Value } from "./database.js";

/** What is stored of one stream of a trial. */
interface StreamEnd {
  readonly namespace: string;
  readonly trial: string;
  readonly stream: string;
  bytes: number;
  sequence: number;
}

/**
 * Appends text to the streams of trials. Sequences of a stream rise from 1: a row whose sequence is not above the last one is
 * a repetition and is dropped.
 */
export class LogWriter {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #save: Statement;
  readonly #touched = new Map<string, StreamEnd>();

  constructor(database: Database) {
    this.#find = database.prepare(
      "SELECT bytes, sequence FROM log_stream WHERE namespace = ? AND trial = ? AND stream = ?",
    );
    this.#insert = database.prepare(
      "INSERT INTO log (namespace, trial, stream, start, sequence, at_ms, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#save = database.prepare(
      "INSERT OR REPLACE INTO log_stream (namespace, trial, stream, bytes, sequence) VALUES (?, ?, ?, ?, ?)",
    );
  }

  append(cells: Value[], at: number): void {
    const [namespace, trial, stream] = [cells[at] as string, cells[at + 1] as string, cells[at + 2] as string];
    const sequence = cells[at + 3] as number;
    const end = this.#endOf(namespace, trial, stream);
    if (sequence <= end.sequence) return;
    // Bytes, not text: a driver may cut a text at a NUL, and ranges are counted in bytes.
    const bytes = Buffer.from(cells[at + 5] as string, "utf8");
    end.sequence = sequence;
    if (bytes.length === 0) return;
    this.#insert.run(namespace, trial, stream, end.bytes, sequence, cells[at + 4] as number, bytes);
    end.bytes += bytes.length;
  }

  /** Writes how far each stream has come, once a batch. */
  flush(): void {
    if (this.#touched.size === 0) return;
    for (const { namespace, trial, stream, bytes, sequence } of this.#touched.values()) {
      this.#save.run(namespace, trial, stream, bytes, sequence);
    }
    this.#touched.clear();
  }

  /** Drops what a transaction that failed has counted. */
  forget(): void {
    this.#touched.clear();
  }

  #endOf(namespace: string, trial: string, stream: string): StreamEnd {
    const name = `${namespace}\n${trial}\n${stream}`;
    const known = this.#touched.get(name);
    if (known !== undefined) return known;
    const row = this.#find.get(namespace, trial, stream);
    const end: StreamEnd = {
      namespace,
      trial,
      stream,
      bytes: Number(row?.["bytes"] ?? 0),
      sequence: Number(row?.["sequence"] ?? 0),
    };
    this.#touched.set(name, end);
    return end;
  }
}
