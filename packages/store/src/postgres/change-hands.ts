import { partitionOf } from "@capstan/protocol/plain";
import type { HandOver, TakenPartition, Taking } from "../store.js";
import { raiseEpochsSql } from "./advisory-lock.js";
import type { Session } from "./session.js";
import { readTasksets } from "./take-store.js";

/**
 * Engines whose lease has run out are no longer among those that share the store. A renewal under way is waited for, and
 * one that comes later finds no row: an engine that was struck off knows it with its next word from the store.
 */
const strikeOffSql = `WITH gone AS (DELETE FROM engine WHERE expires_at <= clock_timestamp() RETURNING id)
  DELETE FROM engine_commit USING gone WHERE engine_commit.engine = gone.id`;

/**
 * Nobody has it, or an engine that is gone; and nobody else who is there alone may take it. One that is this engine's by
 * the list is taken anew: the answer to an earlier taking may have been lost.
 */
const takeSql = `UPDATE partition SET epoch = partition.epoch + 1, engine = $1, handed_to = NULL
  FROM partition AS was
  WHERE was.partition = partition.partition AND partition.partition = ANY($2::int4[])
    AND EXISTS (SELECT 1 FROM engine WHERE id = $1)
    AND NOT EXISTS (SELECT 1 FROM engine WHERE id = coalesce(nullif(was.engine, $1), nullif(was.handed_to, $1)))
  RETURNING partition.partition, partition.epoch, (was.engine IS NULL)::int4`;

const handOverSql = `UPDATE partition SET epoch = partition.epoch + 1, engine = NULL, handed_to = given.engine
  FROM unnest($2::int4[], $3::int8[], $4::text[]) AS given(partition, epoch, engine)
  WHERE partition.partition = given.partition AND partition.epoch = given.epoch AND partition.engine = $1
  RETURNING partition.partition`;

const giveUpSql = "UPDATE partition SET epoch = epoch + 1, engine = NULL, handed_to = NULL WHERE engine = $1";

/** Takes what is to be had of the partitions, and reads what is unfinished in them; in one transaction. */
export function takePartitions(session: Session, engine: string, wanted: readonly number[]): Promise<Taking> {
  return session.transact(async () => {
    await session.run(raiseEpochsSql);
    await session.run(strikeOffSql);
    const { rows } = await session.run(takeSql, engine, wanted);
    const partitions = rows.map(([partition, epoch, wasClean]): TakenPartition => {
      return { partition: partition as number, epoch: epoch as number, wasClean: wasClean === 1 };
    });
    if (partitions.length === 0) return { partitions, tasksets: [] };
    const taken = new Set(partitions.map(({ partition }) => partition));
    const tasksets = (await readTasksets(session)).filter(({ id }) => taken.has(partitionOf("taskset", id)));
    return { partitions, tasksets };
  });
}

/** Gives partitions up to the engines that are to have them; says which were this engine's in these epochs. */
export function handOver(session: Session, engine: string, moves: readonly HandOver[]): Promise<readonly number[]> {
  const partitions = moves.map(({ partition }) => partition);
  const epochs = moves.map(({ epoch }) => epoch);
  const targets = moves.map(({ to }) => to);
  return session.transact(async () => {
    await session.run(raiseEpochsSql);
    const { rows } = await session.run(handOverSql, engine, partitions, epochs, targets);
    return rows.map(([partition]) => partition as number);
  });
}

/** Gives all partitions up to whoever takes them, and is not among the engines any more. */
export function leaveStore(session: Session, engine: string): Promise<void> {
  return session.transact(async () => {
    await session.run(raiseEpochsSql);
    await session.run(giveUpSql, engine);
    await session.run("DELETE FROM engine WHERE id = $1", engine);
    await session.run("DELETE FROM engine_commit WHERE engine = $1", engine);
  });
}
