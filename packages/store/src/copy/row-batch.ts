import type { Value } from "../row/value.js";

/** Some rows of a table: their cells one after another, in the order of the shape's columns. */
export interface RowBatch {
  readonly cells: Value[];
  readonly count: number;
}

/** Rows that travel at once, and about how many bytes of text: memory is bounded by these, whatever the size of the store. */
const batchRowsMax = 512;
const batchBytesMax = 1_048_576;

/** Bytes that a row holds, roughly: what is not text is small. */
function bytesOf(value: Value): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
}

/** Rows that are read first, before anything is known of how large they are. */
export const firstRows = 32;

/** As many rows as fit when they are like the last ones; powers of two, since each number may be a statement of its own. */
export function nextLimit({ cells, count }: RowBatch): number {
  let bytes = 1;
  for (const value of cells) bytes += bytesOf(value);
  const fitting = Math.min(batchRowsMax, Math.max(1, Math.floor((count * batchBytesMax) / bytes)));
  return 2 ** Math.floor(Math.log2(fitting));
}
