import type { RowBatch } from "./row-batch.js";
import type { TableShape } from "./table-shape.js";

/** An id has 24 bits of it. */
const epochMost = 2 ** 24 - 1;

/**
 * How far the epochs of a copy are above those of its store. Both may be started later, so one above would not do: the
 * next start of the store would give out tokens and ids that the copy has given out, under the same key.
 */
export const epochsAhead = 10_000;

/** Raises the epochs of partitions above all that were given out on either side; within what an id holds. */
export function raiseEpochs({ cells }: RowBatch, { columns }: TableShape, epochMax: number): void {
  const width = columns.length;
  for (let at = columns.findIndex(({ name }) => name === "epoch"); at < cells.length; at += width) {
    const epoch = Math.max(cells[at] as number, epochMax);
    cells[at] = epoch + Math.max(1, Math.min(epochsAhead, Math.floor((epochMost - epoch) / 2)));
  }
}
