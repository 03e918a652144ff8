import { times } from "@capstan/protocol/plain";
import type { PruneOptions } from "../store.js";
import { givenColumns, givenRows } from "./given-rows.js";
import { arraysOf, type Candidate, type Place, type PrunePhase } from "./prune-phase.js";
import type { Runner } from "./session.js";

interface ScannedTable {
  readonly table: string;
  /** The columns of its key. */
  readonly key: readonly string[];
  /** Where a sweep begins, in place of the key's values. */
  readonly origin: Place;
  readonly instant: string;
  readonly cutoff: (options: PruneOptions) => number;
}

/** A table that is looked at whole. */
function scanPhase({ table, key, origin, instant, cutoff }: ScannedTable): PrunePhase {
  const names = key.join(", ");
  const marks = key.map((_, at) => `$${at + 1}`).join(", ");
  const list = `SELECT ${names}, ${instant} < $${key.length + 1} FROM ${table}
    WHERE (${names}) > (${marks}) ORDER BY ${names} LIMIT $${key.length + 2}`;
  const given = givenColumns(key);
  const same = key.map((column) => `${table}.${column} = given.${column}`).join(" AND ");
  const remove = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ${table}.ctid FROM ${givenRows(given)} JOIN ${table} ON ${same} LIMIT $${key.length + 1}))`;
  return {
    origin,
    async list(runner: Runner, after: Place, { limit, options }): Promise<readonly Candidate[]> {
      const { rows } = await runner.run(list, ...after, cutoff(options), limit);
      return rows.map((row) => ({ place: row.slice(0, -1), isPast: row.at(-1) === "t" }));
    },
    async remove(runner: Runner, places: readonly Place[], rowsMax: number): Promise<number> {
      return (await runner.run(remove, ...arraysOf(places, key.length), rowsMax)).count;
    },
  };
}

function learntBefore({ nowMs, estimateRetentionMs = times.estimateRetentionMs }: PruneOptions): number {
  return nowMs - estimateRetentionMs;
}

/** Idempotency keys past their time. */
export const keyPhase = scanPhase({
  table: "idempotency",
  key: ["namespace", "scope", "key"],
  origin: ["", "", ""],
  instant: "expires_at_ms",
  cutoff: ({ nowMs }) => nowMs,
});

/** What was learnt of tasks that have not been seen for long. */
export const estimatePhase = scanPhase({
  table: "estimate",
  key: ["namespace", "class", "key_hash"],
  origin: ["", "", ""],
  instant: "updated_at_ms",
  cutoff: learntBefore,
});

/** Muted tests whose time is over. */
export const mutedPhase = scanPhase({
  table: "muted",
  key: ["namespace", "class", "key_hash", "example_hash"],
  origin: ["", "", "", ""],
  instant: "expires_at_ms",
  cutoff: ({ nowMs }) => nowMs,
});

/** Flaky verdicts of long ago. */
export const flakyPhase = scanPhase({
  table: "flaky",
  key: ["namespace", "class", "key_hash", "at_ms", "task"],
  origin: ["", "", "", 0, ""],
  instant: "at_ms",
  cutoff: learntBefore,
});
