import type { EstimateRow } from "@capstan/core";
import { CapstanError, limits, type EstimateQuery, type EstimateView } from "@capstan/protocol";
import type { Page, Store } from "@capstan/store";

/** What was learnt of the tasks of a class, in the order of their keys, as committed. @throws CapstanError `invalid-cursor`. */
export async function listEstimates(
  store: Store,
  namespace: string,
  query: EstimateQuery,
): Promise<Page<EstimateView>> {
  const { cursor, limit = limits.pageItems } = query;
  const rows = await store.loadEstimates(namespace, query.class);
  const from = cursor === undefined ? 0 : rows.findIndex(({ key }) => key === keyOf(cursor)) + 1;
  if (cursor !== undefined && from === 0)
    throw new CapstanError("invalid-cursor", "the cursor was not made by this list, or what it stands at is forgotten");
  const items = rows.slice(from, from + limit).map(viewOf);
  const last = items.at(-1);
  return from + limit < rows.length && last !== undefined
    ? { items, nextCursor: Buffer.from(last.key).toString("base64url") }
    : { items };
}

function viewOf(row: EstimateRow): EstimateView {
  const { key, meanMs, deviationMs, samples, updatedAtMs } = row;
  return { class: row.class, key, meanMs, deviationMs, samples, updatedAtMs };
}

function keyOf(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString("utf8");
}
