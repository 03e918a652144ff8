import { FencedError, type Fence } from "../store.js";
import { holdEpochsSql, locks } from "./advisory-lock.js";
import type { Runner } from "./session.js";

/** A fence that was passed, with the sequence that its partition has when the transaction commits. */
export interface PassedFence extends Fence {
  readonly sequence: number;
}

const behindSql = `SELECT given.partition FROM unnest($1::int4[], $2::int8[]) AS given(partition, epoch)
  LEFT JOIN partition ON partition.partition = given.partition WHERE partition.epoch IS DISTINCT FROM given.epoch`;

const advanceSql = `UPDATE partition SET commit_sequence = commit_sequence + 1 WHERE partition = $1 AND epoch = $2
  RETURNING commit_sequence`;

/**
 * Makes sure that the epochs are still these ones, and stay so until the transaction has ended. One sequence goes up, of
 * the first partition: it is enough to tell later whether the commit happened. A row written for each of 64 partitions
 * would cost more than the tasks of a small batch.
 * @throws FencedError when partitions are of other epochs.
 */
export async function passFences(runner: Runner, fences: readonly Fence[]): Promise<PassedFence | undefined> {
  const [first] = fences;
  if (first === undefined) return undefined;
  const partitions = fences.map(({ partition }) => partition);
  const epochs = fences.map(({ epoch }) => epoch);
  const [, behind, advanced] = await Promise.all([
    runner.run(holdEpochsSql, locks.epoch),
    runner.run(behindSql, partitions, epochs),
    runner.run(advanceSql, first.partition, first.epoch),
  ]);
  const fenced = behind.rows.map(([partition]) => partition as number);
  if (fenced.length > 0) throw new FencedError(fenced);
  return { ...first, sequence: advanced.rows[0]![0] as number };
}
