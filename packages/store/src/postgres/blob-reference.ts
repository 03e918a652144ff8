import { digestOf } from "./digest-of.js";
import type { Runner } from "./session.js";

interface BlobKey {
  readonly namespace: string;
  readonly digest: string;
}

const places = [
  ["task", "input_blob"],
  ["history", "input_blob"],
  ["history", "last_output_blob"],
  ["trial", "output_blob"],
] as const;

/** Spelt as in the schema, so that the indexes that hold only rows with blobs serve it. */
const isUsed = places
  .map(
    ([table, column]) =>
      `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.namespace = given.namespace AND ${column} IS NOT NULL
         AND ${digestOf(column)} = given.digest)`,
  )
  .join(" OR ");

const unusedSql = `SELECT given.namespace, given.digest
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given(namespace, digest, number)
  WHERE NOT (${isUsed}) ORDER BY number`;

const manifestsSql = "SELECT digest, manifest FROM revision WHERE namespace = $1";

/** Which of the blobs no row refers to. */
export async function findUnused(runner: Runner, blobs: readonly BlobKey[]): Promise<readonly BlobKey[]> {
  const { rows } = await runner.run(
    unusedSql,
    blobs.map(({ namespace }) => namespace),
    blobs.map(({ digest }) => digest),
  );
  const unused: BlobKey[] = [];
  const revisions = new Map<string, string>();
  for (const [namespace, digest] of rows as [string, string][]) {
    let text = revisions.get(namespace);
    if (text === undefined) {
      const found = await runner.run(manifestsSql, namespace);
      text = found.rows.map(([own, manifest]) => `${String(own)} ${String(manifest)}`).join("\n");
      revisions.set(namespace, text);
    }
    if (!text.includes(digest)) unused.push({ namespace, digest });
  }
  return unused;
}
