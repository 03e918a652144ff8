import type { Value } from "./database.js";

/** Writes the cells of one row; `cells` is the whole list, the row starts at `at`. */
type WriteRow = (cells: Value[], at: number) => void;

export interface TableWriter {
  /** Cells of one row. */
  readonly width: number;
  readonly write: WriteRow;
}
