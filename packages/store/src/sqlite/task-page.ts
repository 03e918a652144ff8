import type { Page, StoredTask } from "../store.js";
import type { Value } from "./database.js";
import { unpackFinished } from "./row/finished-row.js";
import { unpackTask } from "./row/task-row.js";
import type { ListedTasks } from "./task-lister.js";

/** Merges hot and finished tasks into one page, newest first. */
export function mergePage({ hot, finished, limit, bound }: ListedTasks): Page<StoredTask> {
  const found: StoredTask[] = [
    ...(JSON.parse(hot) as Value[][]).map((cells) => ({ isFinished: false, row: unpackTask(cells) }) as const),
    ...(JSON.parse(finished) as Value[][]).map((cells) => ({ isFinished: true, row: unpackFinished(cells) }) as const),
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
