import { toPostgresError } from "../postgres/postgres-failure.js";
import type { Runner } from "../postgres/session.js";
import { firstRows, nextLimit, type RowBatch } from "./row-batch.js";
import type { TableShape } from "./table-shape.js";

/** In a transaction that may last: the other store may be slow, and a table large. */
export const patienceSql = ["statement_timeout", "idle_in_transaction_session_timeout"].map(
  (name) => `SET LOCAL ${name} = 0`,
);

/** A session of which only the store's errors leave. */
export function guardRunner(session: Runner): Runner {
  return {
    run: async (text, ...values) => {
      try {
        return await session.run(text, ...values);
      } catch (error) {
        throw toPostgresError(error);
      }
    },
  };
}

export async function countPostgres(runner: Runner, { table }: TableShape): Promise<number> {
  return (await runner.run(`SELECT count(*) FROM ${table}`)).rows[0]![0] as number;
}

/** The rows of a table by a cursor, within the transaction that is under way. */
export async function* readPostgres(runner: Runner, { table, columns, key }: TableShape): AsyncGenerator<RowBatch> {
  const names = columns.map(({ name }) => name).join(", ");
  const cursor = `copy_${table}`;
  await runner.run(`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT ${names} FROM ${table} ORDER BY ${key.join(", ")}`);
  for (let limit = firstRows; ;) {
    const { rows } = await runner.run(`FETCH ${limit} FROM ${cursor}`);
    if (rows.length === 0) break;
    const batch = { cells: rows.flat(), count: rows.length };
    yield batch;
    limit = nextLimit(batch);
  }
  await runner.run(`CLOSE ${cursor}`);
}
