import type { TasksetRow } from "@capstan/core";
import type { TasksetQuery } from "@capstan/protocol";
import { limits } from "@capstan/protocol/plain";
import { parseCursor } from "../row/cursor.js";
import { packText } from "../row/text.js";
import { tasksetColumns, unpackTaskset } from "../row/taskset-row.js";
import type { Value } from "../row/value.js";
import type { Page } from "../store.js";
import type { Runner } from "./session.js";
import { unfinishedTasksets } from "./take-store.js";

/** Lists tasksets newest first: by name and by being active through an index, by status by looking at each. */
export async function listTasksets(runner: Runner, namespace: string, query: TasksetQuery): Promise<Page<TasksetRow>> {
  const limit = Math.min(query.limit ?? limits.pageItems, limits.pageItemsMax);
  const values: Value[] = [namespace, parseCursor("taskset", query.cursor), limit + 1];
  const terms = ["namespace = $1", "id < $2"];
  const add = (column: string, value: string): void => void terms.push(`${column} = $${values.push(value)}`);
  if (query.name !== undefined) add("name", packText(query.name));
  if (query.status !== undefined) add("status", query.status);
  if (query.isActive !== undefined) terms.push(query.isActive ? unfinishedTasksets : `NOT (${unfinishedTasksets})`);
  const sql = `SELECT ${tasksetColumns.join(", ")} FROM taskset WHERE ${terms.join(" AND ")} ORDER BY id DESC LIMIT $3`;
  const found = (await runner.run(sql, ...values)).rows.map(unpackTaskset);
  const items = found.slice(0, limit);
  return found.length > limit ? { items, nextCursor: items.at(-1)!.id } : { items };
}
