import { randomBytes } from "node:crypto";
import { openPostgresStore } from "@capstan/store/postgres";
import { Client } from "pg";
import type { Database } from "./database.js";
import { finishedRow, taskRow } from "./task-row.js";

/** PostgreSQL's CPU in µs a task, everything that the server does included. */
export interface RowsResult {
  readonly tasks: number;
  readonly rowsPerCommit: number;
  /** What a task costs at least: a row in, the same row updated, a row of a trial in. */
  readonly bareMicroseconds: number;
  /** What the store makes of it: a task launched, and finished with its trial. */
  readonly storeMicroseconds: number;
  readonly ratio: number;
}

const tasksPerTurn = 10_000;
const input = JSON.stringify({ s: "x".repeat(190) });

const tables = `
  CREATE TABLE bare_task (id text PRIMARY KEY, definition text, status text, input text) WITH (fillfactor = 85);
  CREATE TABLE bare_trial (task text, n int, status text, started_at int8, ended_at int8, output text, PRIMARY KEY (task, n))`;

const steps = {
  insert: "INSERT INTO bare_task SELECT id, 'bench/noop', 'queued', $2 FROM unnest($1::text[]) AS id",
  update: "UPDATE bare_task SET status = $2 FROM unnest($1::text[]) AS given WHERE bare_task.id = given",
  trial: "INSERT INTO bare_trial SELECT id, 1, 'succeeded', 1, 2, $2 FROM unnest($1::text[]) AS id",
} as const;

/** The bare cost of a task's rows and the store's, turn by turn, so that whatever else the machine does weighs on both. */
export async function measureRows(
  tasks: number,
  { rowsPerCommit, database }: { readonly rowsPerCommit: number; readonly database: Database | undefined },
): Promise<RowsResult> {
  if (database === undefined) throw new Error("the bare cost is of PostgreSQL: add --store postgres");
  const bare = await openBare(database);
  const store = openPostgresStore({ url: database.freshUrl() });
  const { epochs } = await store.open(Date.now());
  const fences = epochs.map((epoch, partition) => ({ partition, epoch }));
  const spent = { bare: 0, store: 0 };
  const count = async (what: keyof typeof spent, from: number, write: (at: number) => Promise<unknown>) => {
    const before = database.cpuSeconds();
    for (let at = from; at < from + tasksPerTurn; at += rowsPerCommit) await write(at);
    spent[what] += database.cpuSeconds() - before;
  };
  const ids = (at: number): number[] => Array.from({ length: rowsPerCommit }, (_, n) => at + n);
  for (let from = 0; from < tasks; from += tasksPerTurn) {
    for (const name of ["insert", "update", "trial"] as const) {
      await count("bare", from, (at) => bare.run(name, ids(at)));
    }
    await count("store", from, (at) => store.commit({ fences, insertedTasks: ids(at).map((n) => taskRow(n, input)) }));
    await count("store", from, (at) => store.commit({ fences, finishedTasks: ids(at).map((n) => finishedRow(n)) }));
  }
  await Promise.all([bare.end(), store.close(true)]);
  const perTask = (seconds: number): number => Math.round((seconds / tasks) * 1e7) / 10;
  return {
    tasks,
    rowsPerCommit,
    bareMicroseconds: perTask(spent.bare),
    storeMicroseconds: perTask(spent.store),
    ratio: Math.round((100 * spent.store) / spent.bare) / 100,
  };
}

async function openBare(database: Database) {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const schema = `bare_${randomBytes(4).toString("hex")}`;
  await client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${tables};
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off`);
  return {
    run: (name: keyof typeof steps, rows: readonly number[]) => {
      const names = rows.map((n) => `task_01hf7yat00${String(n).padStart(12, "0")}`);
      return client.query({ name, text: steps[name], values: [names, name === "update" ? "done" : input] });
    },
    end: () => client.end(),
  };
}
