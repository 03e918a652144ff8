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

/** Keys whose verdicts are read, and with a key in the query given, at a time: each may have 50 with ten examples. */
const keysAtOnce = 10;

/** What was flaky, key by key; the verdicts only of a key that is asked for. @throws CapstanError `invalid-cursor`. */
export async function listFlaky(store: Store, namespace: string, query: FlakyQuery): Promise<Page<FlakyView>> {
  const { cursor, limit: asked = limits.pageItems, ...of } = query;
  const hasVerdicts = of.key !== undefined;
  const limit = hasVerdicts ? Math.min(asked, keysAtOnce) : asked;
  const items: FlakyView[] = [];
  for (let place = cursor === undefined ? undefined : placeOf(cursor); items.length < limit;) {
    const wanted = Math.min(keysAtOnce, limit - items.length);
    const after = place === undefined ? {} : { after: place };
    const found = groupFlaky(await store.listFlaky(namespace, { ...of, ...after, limit: wanted }), hasVerdicts);
    items.push(...found);
    const last = found.at(-1);
    if (found.length < wanted || last === undefined) return { items };
    place = [last.class, last.key];
  }
  return { items, nextCursor: cursorOf(items.at(-1)!) };
}

/** Rows in the order of class, key and time as a view for each key. */
function groupFlaky(rows: readonly StoredFlaky[], hasVerdicts: boolean): FlakyView[] {
  const groups = new Map<string, StoredFlaky[]>();
  for (const row of rows) {
    const name = JSON.stringify([row.class, row.key]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups.values()].map((group) => viewOf(group, hasVerdicts));
}

function viewOf(rows: readonly StoredFlaky[], hasVerdicts: boolean): FlakyView {
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
    ...(hasVerdicts && { verdicts: rows.map(verdictOf).toReversed() }),
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
  const sorted = [...counts.values()].toSorted((left, right) => right.count - left.count);
  return sorted.slice(0, limits.flakyExamplesMax);
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
