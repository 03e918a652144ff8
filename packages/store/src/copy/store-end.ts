import type { RowBatch } from "./row-batch.js";
import type { TableShape } from "./table-shape.js";

/** A store that is read for a copy. Nobody else has it until it is closed, and nothing of it is changed. */
export interface CopySource {
  /** Where it is, for messages: without a password. */
  readonly shown: string;
  readonly shapes: readonly TableShape[];
  count(shape: TableShape): Promise<number>;
  /** All rows in the order of the key, some at a time. */
  read(shape: TableShape): AsyncIterable<RowBatch>;
  close(): Promise<void>;
}

/** A store that is written by a copy. Until `keep` has resolved nobody sees anything of it, and its end leaves nothing behind. */
export interface CopyTarget extends CopySource {
  /** The highest epoch that was ever given out here: 0 in a store that is made only now. */
  readonly epochMax: number;
  write(shape: TableShape, rows: RowBatch): Promise<void>;
  /** Makes all that was written durable, at once. */
  keep(): Promise<void>;
}
