import type { TaskQuery } from "@capstan/protocol";
import { isFinalTask } from "@capstan/protocol/plain";
import type { Page, StoredTask } from "../store.js";
import { unpackFinished } from "./finished-row.js";
import { unpackTask } from "./task-row.js";
import type { Cells } from "./text.js";

/** The table of tasks that are unfinished, and that of the others. */
export type TaskTable = "task" | "history";

/** Where tasks of a status are. */
export function tablesOf({ status }: Pick<TaskQuery, "status">): readonly TaskTable[] {
  if (status === undefined) return ["task", "history"];
  return isFinalTask(status) ? ["history"] : ["task"];
}

/** Rows of both tables, each newest first, and where the next page goes on. */
export interface ListedRows {
  readonly hot: readonly Cells[];
  readonly finished: readonly Cells[];
  readonly limit: number;
  /** Below this id nothing was looked at; undefined when all was. */
  readonly bound: string | undefined;
}

/** Merges hot and finished tasks into one page, newest first. */
export function mergePage({ hot, finished, limit, bound }: ListedRows): Page<StoredTask> {
  const found: StoredTask[] = [
    ...hot.map((cells) => ({ isFinished: false, row: unpackTask(cells) }) as const),
    ...finished.map((cells) => ({ isFinished: true, row: unpackFinished(cells) }) as const),
  ];
  const sorted = found
    .filter(({ row }) => bound === undefined || row.id >= bound)
    .toSorted((left, right) => (left.row.id < right.row.id ? 1 : -1));
  if (sorted.length > limit) {
    const items = sorted.slice(0, limit);
    return { items, nextCursor: items.at(-1)!.row.id };
  }
  return bound === undefined ? { items: sorted } : { items: sorted, nextCursor: bound };
}
