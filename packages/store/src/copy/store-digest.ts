import { createHash } from "node:crypto";
import type { Value } from "../row/value.js";
import type { RowBatch } from "./row-batch.js";
import type { TableShape } from "./table-shape.js";

export interface TableDigest {
  readonly table: string;
  readonly rows: number;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/**
 * The digest of a table's rows, the same whichever database has them: SHA-256 over a line of JSON with the names of the
 * columns and one a row, in the order of the key, bytes as base64.
 */
export class TableHash {
  readonly #shape: TableShape;
  readonly #hash = createHash("sha256");
  #rows = 0;

  constructor(shape: TableShape) {
    this.#shape = shape;
    this.#hash.update(`${JSON.stringify(shape.columns.map(({ name }) => name))}\n`);
  }

  add({ cells, count }: RowBatch): void {
    const width = this.#shape.columns.length;
    let text = "";
    for (let at = 0; at < cells.length; at += width) {
      text += `${JSON.stringify(cells.slice(at, at + width).map(canonical))}\n`;
    }
    this.#hash.update(text);
    this.#rows += count;
  }

  end(): TableDigest {
    return { table: this.#shape.table, rows: this.#rows, digest: `sha256:${this.#hash.digest("hex")}` };
  }
}

/** A cell as JSON has it; the column says of what kind it is. */
function canonical(value: Value): string | number | null {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** The digest of a store: over a line with name, rows and digest of each table, in the order of their names. */
export function digestOfTables(tables: readonly TableDigest[]): string {
  const lines = tables
    .toSorted((left, right) => (left.table < right.table ? -1 : 1))
    .map(({ table, rows, digest }) => `${table} ${rows} ${digest}\n`);
  return `sha256:${createHash("sha256").update(lines.join("")).digest("hex")}`;
}
