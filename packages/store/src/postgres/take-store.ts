import type { TasksetRow } from "@capstan/core";
import { finalTasksetStatuses, partitionCount, type Random } from "@capstan/protocol/plain";
import {
  pluginColumns,
  revisionColumns,
  unpackPlugin,
  unpackRevision,
  unpackWorker,
  workerColumns,
} from "../row/registry-row.js";
import { estimateColumns, unpackEstimate } from "../row/side-row.js";
import { tasksetColumns, unpackTaskset } from "../row/taskset-row.js";
import type { Joining, Opening, SharedOpening } from "../store.js";
import { raiseEpochsSql } from "./advisory-lock.js";
import type { Session } from "./session.js";

export interface JoinOptions extends Required<Joining> {
  readonly nowMs: number;
  readonly random: Random;
}

/** Spelt as in the schema, so that the partial index of unfinished tasksets serves it. */
export const unfinishedTasksets = `status NOT IN (${finalTasksetStatuses.map((status) => `'${status}'`).join(", ")})`;

/** Raises all epochs, marks the store as in use, and reads what an engine is given at once; in one transaction. */
export function takeStore(session: Session, nowMs: number, random: Random): Promise<Opening> {
  return session.transact(async () => {
    const { macKey, wasClean } = await openStore(session, nowMs, random);
    await session.run("UPDATE store SET is_clean = 0 WHERE id = 1");
    const { count: held } = await session.run("SELECT partition FROM partition WHERE engine IS NOT NULL");
    // Whoever shared it is gone, or its next commit is refused.
    await session.run("DELETE FROM engine");
    await session.run("DELETE FROM engine_commit");
    await session.run("UPDATE partition SET epoch = epoch + 1, engine = '', handed_to = NULL");
    const { rows: epochs } = await session.run("SELECT epoch FROM partition ORDER BY partition");
    return {
      epochs: epochs.map(([epoch]) => epoch as number),
      macKey,
      wasClean: wasClean && held === 0,
      ...(await readRegistry(session)),
      tasksets: await readTasksets(session),
    };
  });
}

/** What an engine that had the store alone says at its orderly end. */
export async function giveUpStore(session: Session): Promise<void> {
  await session.transact(async () => {
    await session.run("UPDATE store SET is_clean = 1 WHERE id = 1");
    await session.run("UPDATE partition SET engine = NULL WHERE engine = ''");
  });
}

/** Adds an engine to those that share the store, and reads what it is given at once; in one transaction. */
export function joinStore(session: Session, engine: string, joining: JoinOptions): Promise<SharedOpening> {
  const { address, weight, leaseMs, nowMs, random } = joining;
  return session.transact(async () => {
    const { macKey, wasClean } = await openStore(session, nowMs, random);
    // From here on each partition says for itself whether it was given up in order.
    if (!wasClean) {
      await session.run("UPDATE partition SET engine = '' WHERE engine IS NULL");
      await session.run("UPDATE store SET is_clean = 1 WHERE id = 1");
    }
    const insert = `INSERT INTO engine (id, address, weight, joined_at, expires_at)
      VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 ms')`;
    await session.run(insert, engine, address, weight, leaseMs);
    await session.run("INSERT INTO engine_commit (engine, sequence) VALUES ($1, 0)", engine);
    return { engine, macKey, ...(await readRegistry(session)) };
  });
}

interface Opened {
  readonly macKey: Uint8Array;
  /** As the last engine that had it alone left it. */
  readonly wasClean: boolean;
}

/** Holds epochs still, makes the store when it is not there, and gives its key. */
async function openStore(session: Session, nowMs: number, random: Random): Promise<Opened> {
  await session.run(raiseEpochsSql);
  const { count } = await session.run("UPDATE store SET opened_at_ms = $1 WHERE id = 1", nowMs);
  if (count === 0) await makeStore(session, nowMs, random);
  const { rows } = await session.run("SELECT mac_key, is_clean FROM store WHERE id = 1");
  return { macKey: rows[0]![0] as Uint8Array, wasClean: rows[0]![1] === 1 };
}

async function makeStore(session: Session, nowMs: number, random: Random): Promise<void> {
  const sql = "INSERT INTO store (id, mac_key, is_clean, opened_at_ms) VALUES (1, $1, 1, $2)";
  await session.run(sql, Buffer.from(random.bytes(32)), nowMs);
  await session.run(
    "INSERT INTO partition (partition, epoch, commit_sequence) SELECT number, 0, 0 FROM generate_series(0, $1 - 1) AS number",
    partitionCount,
  );
}

type Registry = Pick<Opening, "plugins" | "revisions" | "workers" | "jobEstimates">;

/** All unfinished ones. */
export async function readTasksets(session: Session): Promise<readonly TasksetRow[]> {
  const sql = `SELECT ${tasksetColumns.join(", ")} FROM taskset WHERE ${unfinishedTasksets} ORDER BY namespace, id`;
  return (await session.run(sql)).rows.map(unpackTaskset);
}

async function readRegistry(session: Session): Promise<Registry> {
  const all = async (columns: readonly string[], from: string) =>
    (await session.run(`SELECT ${columns.join(", ")} FROM ${from}`)).rows;
  return {
    plugins: (await all(pluginColumns, "plugin ORDER BY namespace, name")).map(unpackPlugin),
    revisions: (await all(revisionColumns, "revision ORDER BY namespace, deployed_at_ms, id")).map(unpackRevision),
    workers: (await all(workerColumns, "worker ORDER BY namespace, id")).map(unpackWorker),
    jobEstimates: (await all(estimateColumns, "estimate WHERE key = '' ORDER BY namespace, class")).map(unpackEstimate),
  };
}
