import { FencedError, type Fence } from "../store.js";
import { holdEpochsSql } from "./advisory-lock.js";
import type { Runner } from "./session.js";

/** What a commit has raised: it tells afterwards whether the commit happened. */
export interface PassedFence {
  /** Whose number it is: of an engine's row when several share the store, of the first partition's when it is alone. */
  readonly of: { readonly engine: string } | Fence;
  /** The number when the transaction commits. */
  readonly sequence: number;
}

/** Begins a transaction in which no epoch changes, as one message: a small commit is made of little else. */
export const beginFencedSql = `BEGIN; ${holdEpochsSql}`;

/** Of the partitions those that are of another epoch; and the number that tells of the commit, raised. */
function passSql(advance: string): string {
  return `WITH advanced AS (${advance})
    SELECT (SELECT sequence FROM advanced), array_to_string(ARRAY(
      SELECT given.partition FROM unnest($1::int4[], $2::int8[]) AS given(partition, epoch)
      LEFT JOIN partition ON partition.partition = given.partition
      WHERE partition.epoch IS DISTINCT FROM given.epoch), ',')`;
}

const passAloneSql = passSql(
  `UPDATE partition SET commit_sequence = commit_sequence + 1 WHERE partition = $3 AND epoch = $4
   RETURNING commit_sequence AS sequence`,
);
const passSharedSql = passSql("UPDATE engine_commit SET sequence = sequence + 1 WHERE engine = $3 RETURNING sequence");

/**
 * Makes sure that the epochs are these ones, and where several engines share the store that this one is still among
 * them; that it stays so until the transaction has ended is up to `holdEpochsSql`, run before. One number goes up: it is
 * enough to tell later whether the commit happened. A row written for each of 64 partitions would cost more than the
 * tasks of a small batch.
 * @throws FencedError when partitions are of other epochs, or the engine was struck off.
 */
export async function passFences(
  runner: Runner,
  fences: readonly Fence[],
  engine: string | undefined,
): Promise<PassedFence | undefined> {
  const partitions = fences.map(({ partition }) => partition);
  const epochs = fences.map(({ epoch }) => epoch);
  if (engine !== undefined) {
    const { rows } = await runner.run(passSharedSql, partitions, epochs, engine);
    const [sequence, behind] = rows[0] as [number | null, string];
    if (sequence === null) throw new FencedError(partitions, { isStruckOff: true });
    if (behind !== "") throw new FencedError(behind.split(",").map(Number));
    return { of: { engine }, sequence };
  }
  const [first] = fences;
  if (first === undefined) return undefined;
  const { rows } = await runner.run(passAloneSql, partitions, epochs, first.partition, first.epoch);
  const [sequence, behind] = rows[0] as [number, string];
  if (behind !== "") throw new FencedError(behind.split(",").map(Number));
  return { of: first, sequence };
}

/** Waits for a commit that may still be under way in the server, and says whether it went through; in a transaction. */
export async function hasPassed(runner: Runner, { of, sequence }: PassedFence): Promise<boolean> {
  if ("engine" in of) {
    const { rows } = await runner.run("SELECT sequence FROM engine_commit WHERE engine = $1 FOR UPDATE", of.engine);
    if (rows.length === 0) throw new FencedError([], { isStruckOff: true });
    return (rows[0]![0] as number) >= sequence;
  }
  const sql = "SELECT commit_sequence FROM partition WHERE partition = $1 AND epoch = $2 FOR UPDATE";
  const { rows } = await runner.run(sql, of.partition, of.epoch);
  if (rows.length === 0) throw new FencedError([of.partition]);
  return (rows[0]![0] as number) >= sequence;
}
