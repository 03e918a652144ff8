import { freshPostgres } from "@capstan/testkit";
import { Client } from "pg";
import { openPostgresStore } from "../postgres/open-postgres-store.js";
import type { MakePlace } from "./conformance-kit.js";

/** Runs statements on the database of an address, as its user, with the address's schema as the only one. */
export async function onSchema<T>(url: string, use: (client: Client, schema: string) => Promise<T>): Promise<T> {
  const address = new URL(url);
  const schema = address.searchParams.get("schema")!;
  address.searchParams.delete("schema");
  const client = new Client({ connectionString: address.href, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    return await use(client, schema);
  } finally {
    await client.end();
  }
}

/** Takes a store back to what it is when it is new: to make its tables anew would take seconds. */
function empty(url: string): Promise<void> {
  return onSchema(url, async (client, schema) => {
    const sql = "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migration'";
    const { rows } = await client.query<{ tablename: string }>(sql, [schema]);
    await client.query(rows.map(({ tablename }) => `DELETE FROM ${tablename}`).join("; "));
  });
}

/** Places in one schema, for tests that run one after another. */
export function schemaPlaces(): MakePlace {
  let fresh: Promise<string> | undefined;
  return async () => {
    const url = await (fresh ??= freshPostgres());
    return { make: () => openPostgresStore({ url }), isDurable: true, dispose: () => empty(url) };
  };
}
