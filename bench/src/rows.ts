import { Client } from "pg";
import type { Database } from "./database.js";

export interface RowsResult {
  readonly rows: number;
  /** PostgreSQL's CPU for what a task costs at least: a row in, the same row updated, a row of a trial in. */
  readonly insertMicroseconds: number;
  readonly updateMicroseconds: number;
  readonly trialMicroseconds: number;
  readonly serverMicroseconds: number;
}

const rowsPerCommit = 1_000;
const input = JSON.stringify({ s: "x".repeat(190) });

const tables = `
  CREATE TABLE bare_task (id text PRIMARY KEY, definition text, status text, input text) WITH (fillfactor = 85);
  CREATE TABLE bare_trial (task text, n int, status text, started_at int8, ended_at int8, output text, PRIMARY KEY (task, n));`;

const steps = {
  insert: "INSERT INTO bare_task SELECT id, 'bench/noop', 'queued', $2 FROM unnest($1::text[]) AS id",
  update: "UPDATE bare_task SET status = $2 FROM unnest($1::text[]) AS given WHERE bare_task.id = given",
  trial: "INSERT INTO bare_trial SELECT id, 1, 'succeeded', 1, 2, $2 FROM unnest($1::text[]) AS id",
} as const;

/** The bare cost of a task's rows by multi-row statements, whatever is around them: what a driver is compared with. */
export async function measureRows(rows: number, database: Database | undefined): Promise<RowsResult> {
  if (database === undefined) throw new Error("the bare cost is of PostgreSQL: add --store postgres");
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `DROP TABLE IF EXISTS bare_task, bare_trial; ${tables} SET enable_seqscan = off; SET enable_hashjoin = off`,
  );
  const ids = Array.from({ length: rows }, (_, n) => `task_01hf7yat00${String(n).padStart(12, "0")}`);
  const cost: Record<string, number> = {};
  for (const [name, text] of Object.entries(steps)) {
    const before = database.cpuSeconds();
    for (let at = 0; at < rows; at += rowsPerCommit) {
      await client.query({
        name,
        text,
        values: [ids.slice(at, at + rowsPerCommit), name === "update" ? "done" : input],
      });
    }
    cost[name] = Math.round(((database.cpuSeconds() - before) / rows) * 1e7) / 10;
  }
  await client.end();
  const { insert = 0, update = 0, trial = 0 } = cost;
  return {
    rows,
    insertMicroseconds: insert,
    updateMicroseconds: update,
    trialMicroseconds: trial,
    serverMicroseconds: Math.round((insert + update + trial) * 10) / 10,
  };
}
