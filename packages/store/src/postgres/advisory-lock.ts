import { CapstanError } from "@capstan/protocol/plain";
import type { Address } from "./address.js";
import type { Session } from "./session.js";

/** The first half of the keys of advisory locks: "CAPS" and the next numbers. The second half is made of the schema. */
export const locks = { migration: 0x43415053, store: 0x43415054, epoch: 0x43415055 } as const;

/** Holds epochs still until the end of the transaction: many commits at a time, and nobody raises one meanwhile. */
export const holdEpochsSql = `SELECT pg_advisory_xact_lock_shared(${locks.epoch}, hashtext(current_schema()))`;
/** Waits for the commits under way, and lets none begin until the end of the transaction. */
export const raiseEpochsSql = `SELECT pg_advisory_xact_lock(${locks.epoch}, hashtext(current_schema()))`;

/** What a schema's half of a key is made of. Locks are of a database, so that its name need not be in it. */
export function schemaKey(schema: string): string {
  return `capstan ${schema}`;
}

/** A killed engine's connection is gone within this; so is one whose machine is cut off, by the keep-alive of TCP, a little later. */
const waitMs = 3_000;
const lockNotAvailable = "55P03";

/** Whether an engine has the store for itself, or together with others that share it too. */
export type Sharing = "alone" | "shared";

const lockSql = {
  alone: "SELECT pg_advisory_lock($1::int4, hashtext($2))",
  shared: "SELECT pg_advisory_lock_shared($1::int4, hashtext($2))",
} as const;

/** Takes the store for this session, until it ends. @throws CapstanError `store-locked` naming the session that has it. */
export async function takeLock(session: Session, { schema, shown }: Address, sharing: Sharing): Promise<void> {
  try {
    await session.transact(async () => {
      await session.run(`SET LOCAL lock_timeout = '${waitMs}ms'`);
      await session.run(lockSql[sharing], locks.store, schemaKey(schema));
    });
  } catch (error) {
    if ((error as { code?: string }).code !== lockNotAvailable) throw error;
    const holder = await findHolder(session, schema);
    throw new CapstanError(
      "store-locked",
      `another engine has the store at ${shown}${holder}: stop it, or name another schema`,
    );
  }
}

async function findHolder(session: Session, schema: string): Promise<string> {
  const { rows } = await session.run(
    `SELECT l.pid, coalesce(host(a.client_addr), 'a local socket') FROM pg_catalog.pg_locks l
     LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::int4::oid AND l.objid = hashtext($2)::oid
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    locks.store,
    schemaKey(schema),
  );
  const row = rows[0];
  return row === undefined ? "" : ` (from ${String(row[1])}, server process ${String(row[0])})`;
}
