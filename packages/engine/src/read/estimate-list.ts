import type { EstimateRow } from "@capstan/core";
import { CapstanError, limits, type EstimateQuery, type EstimateView } from "@capstan/protocol";
import type { Page, Store } from "@capstan/store";

/** What was learnt of the tasks of a class, in the order of their keys, as committed. @throws CapstanError `invalid-cursor`. */
export async function listEstimates(
  store: Store,
  namespace: string,
  { class: of, cursor, limit = limits.pageItems }: EstimateQuery,
): Promise<Page<EstimateView>> {
  const after = cursor === undefined ? {} : { after: keyOf(cursor) };
  // One more says whether another page follows.
  const rows = await store.listEstimates(namespace, { class: of, ...after, limit: limit + 1 });
  const items = rows.slice(0, limit).map(viewOf);
  const last = items.at(-1);
  return rows.length <= limit || last === undefined ? { items } : { items, nextCursor: cursorOf(last) };
}

function viewOf(row: EstimateRow): EstimateView {
  const { key, meanMs, deviationMs, samples, updatedAtMs } = row;
  return { class: row.class, key, meanMs, deviationMs, samples, updatedAtMs };
}

function cursorOf({ key }: EstimateView): string {
  return Buffer.from(JSON.stringify([key])).toString("base64url");
}

function keyOf(cursor: string): string {
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown;
    if (Array.isArray(place) && place.length === 1 && typeof place[0] === "string") return place[0];
  } catch {
    // Said below.
  }
  throw new CapstanError("invalid-cursor", "the cursor was not made by this list");
}
