import { takeLock } from "../postgres/advisory-lock.js";
import { parseAddress } from "../postgres/address.js";
import { readVersion } from "../postgres/migration/migrate.js";
import { migrations } from "../postgres/migration/migrations.js";
import { Session } from "../postgres/session.js";
import { checkVersion } from "./check-version.js";
import { countPostgres, guardRunner, patienceSql, readPostgres } from "./postgres-rows.js";
import { readPostgresShapes } from "./postgres-shape.js";
import type { CopySource } from "./store-end.js";

/** @throws CapstanError `invalid-config`, `store-locked`, `store-newer`, `store-older`, `store-failed`. */
export async function openPostgresSource(url: string): Promise<CopySource> {
  const address = parseAddress(url);
  const session = await Session.connect(address);
  try {
    await takeLock(session, address, "alone");
    checkVersion(address.shown, await readVersion(session, address.schema), migrations.length);
    await session.execute(["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", ...patienceSql].join("; "));
    const { shapes } = await readPostgresShapes(session);
    const runner = guardRunner(session);
    return {
      shown: address.shown,
      shapes,
      count: (shape) => countPostgres(runner, shape),
      read: (shape) => readPostgres(runner, shape),
      close: () => session.end(),
    };
  } catch (error) {
    await session.end();
    throw error;
  }
}
