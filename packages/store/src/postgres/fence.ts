import { FencedError, type Fence } from "../store.js";
import { holdEpochsSql } from "./advisory-lock.js";
import type { Runner } from "./session.js";

/** A fence that was passed, with the sequence that its partition has when the transaction commits. */
export interface PassedFence extends Fence {
  readonly sequence: number;
}

/** Begins a transaction in which no epoch changes, as one message: a small commit is made of little else. */
export const beginFencedSql = `BEGIN; ${holdEpochsSql}`;

/** Of the partitions those that are of another epoch; and the sequence of the first, raised. */
const passSql = `WITH advanced AS (
    UPDATE partition SET commit_sequence = commit_sequence + 1 WHERE partition = $3 AND epoch = $4
    RETURNING commit_sequence)
  SELECT (SELECT commit_sequence FROM advanced), array_to_string(ARRAY(
    SELECT given.partition FROM unnest($1::int4[], $2::int8[]) AS given(partition, epoch)
    LEFT JOIN partition ON partition.partition = given.partition
    WHERE partition.epoch IS DISTINCT FROM given.epoch), ',')`;

/**
 * Makes sure that the epochs are these ones; that they stay so until the transaction has ended is up to `holdEpochsSql`,
 * run before. One sequence goes up, of the first partition: it is enough to tell later whether the commit happened. A
 * row written for each of 64 partitions would cost more than the tasks of a small batch.
 * @throws FencedError when partitions are of other epochs.
 */
export async function passFences(runner: Runner, fences: readonly Fence[]): Promise<PassedFence | undefined> {
  const [first] = fences;
  if (first === undefined) return undefined;
  const partitions = fences.map(({ partition }) => partition);
  const epochs = fences.map(({ epoch }) => epoch);
  const { rows } = await runner.run(passSql, partitions, epochs, first.partition, first.epoch);
  const [sequence, behind] = rows[0] as [number, string];
  if (behind !== "") throw new FencedError(behind.split(",").map(Number));
  return { ...first, sequence };
}
