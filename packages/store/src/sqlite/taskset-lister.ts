import type { TasksetQuery } from "@capstan/protocol";
import { finalTasksetStatuses, limits } from "@capstan/protocol/plain";
import { parseCursor } from "../row/cursor.js";
import type { Statement, Value } from "./database.js";
import { packText } from "../row/text.js";
import { tasksetColumns } from "../row/taskset-row.js";

/** Spelt as in the schema, so that the partial index of unfinished tasksets serves it. */
export const unfinishedTasksets = `status NOT IN (${finalTasksetStatuses.map((status) => `'${status}'`).join(", ")})`;

/** Lists tasksets newest first: by name and by being active through an index, by status by looking at each. */
export class TasksetLister {
  readonly #prepare: (sql: string) => Statement;

  constructor(prepare: (sql: string) => Statement) {
    this.#prepare = prepare;
  }

  list(namespace: string, query: TasksetQuery): { rows: string; nextCursor: string | undefined } {
    const limit = Math.min(query.limit ?? limits.pageItems, limits.pageItemsMax);
    const terms = ["namespace = ?", "id < ?"];
    const values: Value[] = [namespace, parseCursor("taskset", query.cursor)];
    if (query.name !== undefined) {
      terms.push("name = ?");
      values.push(packText(query.name));
    }
    if (query.status !== undefined) {
      terms.push("status = ?");
      values.push(query.status);
    }
    if (query.isActive !== undefined) terms.push(query.isActive ? unfinishedTasksets : `NOT (${unfinishedTasksets})`);
    const sql = `SELECT id, json_array(${tasksetColumns.join(", ")}) AS row FROM taskset
      WHERE ${terms.join(" AND ")} ORDER BY id DESC LIMIT ?`;
    const found = this.#prepare(sql).all(...values, limit + 1);
    const shown = found.slice(0, limit);
    return {
      rows: `[${shown.map(({ row }) => row as string).join(",")}]`,
      nextCursor: found.length > limit ? (shown.at(-1)?.["id"] as string) : undefined,
    };
  }
}
