import type { FlakyRow } from "@capstan/core";
import type { StoredFlaky } from "../store.js";
import type { Value } from "./value.js";
import { packText, unpackJson, unpackText, type Cells } from "./text.js";

/** Flaky rows as they travel to the writer. */
export const flakyCells = 8;

export function packFlaky(row: FlakyRow, cells: Value[]): void {
  const { namespace, key, atMs, task, taskset, passes, round } = row;
  cells.push(namespace, packText(row.class), packText(key), atMs, task, taskset, passes, round);
}

export const flakyColumns = [
  "namespace",
  "class",
  "key",
  "at_ms",
  "task",
  "taskset",
  "passes",
  "trial",
  "examples",
] as const;

/** The columns, and what is known of the key now. */
export function unpackFlaky(cells: Cells): StoredFlaky {
  return {
    namespace: cells[0] as string,
    class: unpackText(cells[1] as string),
    key: unpackText(cells[2] as string),
    atMs: cells[3] as number,
    task: cells[4] as string,
    taskset: cells[5] as string,
    passes: cells[6] as number,
    trial: cells[7] as number | null,
    examples: unpackJson<StoredFlaky["examples"]>(cells[8]!),
    passesNow: cells[9] as number,
  };
}
