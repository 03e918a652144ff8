import { mutedColumns, packMuted, packMutedKey, unpackMuted } from "../row/muted-row.js";
import { packText } from "../row/text.js";
import type { MutedChange, MutedRange, MutedRow } from "../store.js";
import type { Runner } from "./session.js";
import { onConflict } from "./table-statement.js";

const key = ["namespace", "class", "key_hash", "example_hash"];
const marks = mutedColumns.map((_, at) => `$${at + 1}`).join(", ");
const putSql = `INSERT INTO muted (${mutedColumns.join(", ")}) VALUES (${marks}) ${onConflict(mutedColumns, key)}`;
const removeSql =
  "DELETE FROM muted WHERE namespace = $1 AND class = $2 AND key_hash = md5($3) AND example_hash = md5($4)";

/** Writes a change of the lists of muted tests, within the caller's transaction. */
export async function changeMuted(runner: Runner, { muted = [], unmuted = [] }: MutedChange): Promise<void> {
  for (const each of unmuted) await runner.run(removeSql, ...packMutedKey(each));
  for (const row of muted) await runner.run(putSql, ...packMuted(row));
}

const isKept = (now: string): string => `(expires_at_ms IS NULL OR expires_at_ms > ${now})`;

const listSql = `SELECT ${mutedColumns.join(", ")} FROM muted
  WHERE namespace = $1 AND ($2::text IS NULL OR class = $2) AND ($3::text IS NULL OR key = $3)
    AND ($4::text IS NULL OR (class, key, example) > ($4, $5::text, $6::text)) AND ${isKept("$7::int8")}
  ORDER BY class, key, example LIMIT $8`;

export async function listMuted(
  runner: Runner,
  namespace: string,
  { class: of, key: named, after, nowMs, limit }: MutedRange,
): Promise<readonly MutedRow[]> {
  const pack = (text: string | undefined): string | null => (text === undefined ? null : packText(text));
  const place = after === undefined ? [null, null, null] : [...after.slice(0, 2), after[2] ?? ""];
  const from = place.map((text) => packText(text ?? null));
  return (await runner.run(listSql, namespace, pack(of), pack(named), ...from, nowMs, limit)).rows.map(unpackMuted);
}

const countSql = `SELECT count(*) FROM muted WHERE namespace = $1 AND ${isKept("$2::int8")}`;

export async function countMuted(runner: Runner, namespace: string, nowMs: number): Promise<number> {
  return (await runner.run(countSql, namespace, nowMs)).rows[0]![0] as number;
}
