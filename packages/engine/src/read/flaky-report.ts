import {
  CapstanError,
  limits,
  trialIdOf,
  type FlakyQuery,
  type FlakyVerdict,
  type FlakyView,
  type TaskId,
} from "@capstan/protocol";
import type { Page, Store, StoredFlaky } from "@capstan/store";

/** What was flaky, key by key. @throws CapstanError `invalid-cursor`. */
export async function listFlaky(store: Store, namespace: string, query: FlakyQuery): Promise<Page<FlakyView>> {
  const { cursor, limit = limits.pageItems, ...of } = query;
  const after = cursor === undefined ? {} : { after: placeOf(cursor) };
  const items = groupFlaky(await store.listFlaky(namespace, { ...of, ...after, limit }));
  const last = items.at(-1);
  return items.length < limit || last === undefined ? { items } : { items, nextCursor: cursorOf(last) };
}

/** Rows in the order of class, key and time as a view for each key. */
export function groupFlaky(rows: readonly StoredFlaky[]): FlakyView[] {
  const groups = new Map<string, StoredFlaky[]>();
  for (const row of rows) {
    const name = JSON.stringify([row.class, row.key]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups.values()].map(viewOf);
}

function viewOf(rows: readonly StoredFlaky[]): FlakyView {
  const [first, last] = [rows[0]!, rows.at(-1)!];
  return {
    class: first.class,
    key: first.key,
    count: rows.length,
    // What was learnt may have been forgotten and learnt anew since.
    passes: Math.max(rows.length, last.passesNow - first.passes + 1),
    sinceMs: first.atMs,
    lastAtMs: last.atMs,
    examples: countExamples(rows),
    verdicts: rows.map(verdictOf).toReversed(),
  };
}

function verdictOf({ taskset, task, trial, atMs, examples }: StoredFlaky): FlakyVerdict {
  const failed = trial === null ? {} : { trial: trialIdOf(task as TaskId, trial) };
  return { taskset, task, ...failed, atMs, examples: [...examples] };
}

/** The most frequent first. */
function countExamples(rows: readonly StoredFlaky[]): FlakyView["examples"] {
  const counts = new Map<string, { id: string; name: string; count: number }>();
  for (const { examples } of rows) {
    for (const { id, name } of examples) {
      const known = counts.get(id);
      if (known === undefined) counts.set(id, { id, name, count: 1 });
      else known.count += 1;
    }
  }
  return [...counts.values()].toSorted((left, right) => right.count - left.count);
}

function cursorOf({ class: of, key }: FlakyView): string {
  return Buffer.from(JSON.stringify([of, key])).toString("base64url");
}

function placeOf(cursor: string): readonly [string, string] {
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown;
    if (Array.isArray(place) && place.length === 2 && place.every((part) => typeof part === "string"))
      return place as [string, string];
  } catch {
    // Said below.
  }
  throw new CapstanError("invalid-cursor", "the cursor was not made by this list");
}
