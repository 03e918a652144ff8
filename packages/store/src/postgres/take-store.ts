import { partitionCount, type Random } from "@capstan/protocol/plain";
import { finalTasksetStatuses } from "@capstan/protocol/plain";
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
import type { Opening } from "../store.js";
import { raiseEpochsSql } from "./advisory-lock.js";
import type { Session } from "./session.js";

/** Spelt as in the schema, so that the partial index of unfinished tasksets serves it. */
export const unfinishedTasksets = `status NOT IN (${finalTasksetStatuses.map((status) => `'${status}'`).join(", ")})`;

/** Raises all epochs, marks the store as in use, and reads what an engine is given at once; in one transaction. */
export function takeStore(session: Session, nowMs: number, random: Random): Promise<Opening> {
  return session.transact(async () => {
    await session.run(raiseEpochsSql);
    const known = await session.run("SELECT mac_key, is_clean FROM store WHERE id = 1");
    if (known.count === 0) await makeStore(session, nowMs, random);
    else await session.run("UPDATE store SET is_clean = 0, opened_at_ms = $1 WHERE id = 1", nowMs);
    await session.run("UPDATE partition SET epoch = epoch + 1");
    const { rows: epochs } = await session.run("SELECT epoch FROM partition ORDER BY partition");
    const { rows: keys } = await session.run("SELECT mac_key FROM store WHERE id = 1");
    return {
      epochs: epochs.map(([epoch]) => epoch as number),
      macKey: keys[0]![0] as Uint8Array,
      wasClean: known.count === 0 || known.rows[0]![1] === 1,
      ...(await readRegistry(session)),
    };
  });
}

async function makeStore(session: Session, nowMs: number, random: Random): Promise<void> {
  const sql = "INSERT INTO store (id, mac_key, is_clean, opened_at_ms) VALUES (1, $1, 0, $2)";
  await session.run(sql, Buffer.from(random.bytes(32)), nowMs);
  await session.run(
    "INSERT INTO partition (partition, epoch, commit_sequence) SELECT number, 0, 0 FROM generate_series(0, $1 - 1) AS number",
    partitionCount,
  );
}

type Registry = Pick<Opening, "plugins" | "revisions" | "workers" | "tasksets" | "jobEstimates">;

async function readRegistry(session: Session): Promise<Registry> {
  const all = async (columns: readonly string[], from: string) =>
    (await session.run(`SELECT ${columns.join(", ")} FROM ${from}`)).rows;
  return {
    plugins: (await all(pluginColumns, "plugin ORDER BY namespace, name")).map(unpackPlugin),
    revisions: (await all(revisionColumns, "revision ORDER BY namespace, deployed_at_ms, id")).map(unpackRevision),
    workers: (await all(workerColumns, "worker ORDER BY namespace, id")).map(unpackWorker),
    tasksets: (await all(tasksetColumns, `taskset WHERE ${unfinishedTasksets} ORDER BY namespace, id`)).map(
      unpackTaskset,
    ),
    jobEstimates: (await all(estimateColumns, "estimate WHERE key = '' ORDER BY namespace, class")).map(unpackEstimate),
  };
}
