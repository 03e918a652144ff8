import { CapstanError } from "@capstan/protocol/plain";
import { parseAddress, type Address } from "../postgres/address.js";
import { takeLock } from "../postgres/advisory-lock.js";
import { ArrayEncoder } from "../postgres/array-encoder.js";
import { givenRows } from "../postgres/given-rows.js";
import { migrate } from "../postgres/migration/migrate.js";
import { Session, type Runner } from "../postgres/session.js";
import { countPostgres, guardRunner, patienceSql, readPostgres } from "./postgres-rows.js";
import { readPostgresShapes, type PostgresShapes } from "./postgres-shape.js";
import type { RowBatch } from "./row-batch.js";
import type { CopyTarget } from "./store-end.js";
import type { TableShape } from "./table-shape.js";

/** What a schema has as soon as an engine has been started on it; a copy puts its own in their place. */
const ownTables: ReadonlySet<string> = new Set(["partition", "store"]);

/** Fills a schema without work in one transaction: whatever ends the copy earlier leaves it as it was. */
export class PostgresTarget implements CopyTarget {
  readonly shown: string;
  readonly epochMax: number;
  readonly #session: Session;
  readonly #runner: Runner;
  readonly #shapes: PostgresShapes;
  readonly #encoder = new ArrayEncoder();

  private constructor(session: Session, found: { shown: string; shapes: PostgresShapes; epochMax: number }) {
    this.#session = session;
    this.#runner = guardRunner(session);
    this.#shapes = found.shapes;
    this.shown = found.shown;
    this.epochMax = found.epochMax;
  }

  /** @throws CapstanError `invalid-config`, `store-locked`, `store-newer`, `store-not-empty`, `store-failed`. */
  static async open(url: string, nowMs: number): Promise<PostgresTarget> {
    const address = parseAddress(url);
    const session = await Session.connect(address);
    try {
      await takeLock(session, address, "alone");
      await migrate(session, { schema: address.schema, nowMs });
      await session.execute(["BEGIN", ...patienceSql].join("; "));
      const shapes = await readPostgresShapes(session);
      for (const shape of shapes.shapes) await assertEmpty(session, shape, address);
      const { rows } = await session.run("SELECT coalesce(max(epoch), 0) FROM partition");
      await session.execute([...ownTables].map((table) => `DELETE FROM ${table}`).join("; "));
      return new PostgresTarget(session, { shown: address.shown, shapes, epochMax: rows[0]![0] as number });
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  get shapes(): readonly TableShape[] {
    return this.#shapes.shapes;
  }

  count(shape: TableShape): Promise<number> {
    return countPostgres(this.#runner, shape);
  }

  read(shape: TableShape): AsyncIterable<RowBatch> {
    return readPostgres(this.#runner, shape);
  }

  async write({ table, columns }: TableShape, { cells, count }: RowBatch): Promise<void> {
    const given = columns.map(({ name }) => ({ name, kind: this.#shapes.typeOf(table, name) }));
    const width = given.length;
    this.#encoder.reset();
    const arrays = given.map(({ kind }, at) => this.#encoder.encode(kind, cells, { at, width, count }));
    const names = given.map(({ name }) => name).join(", ");
    await this.#runner.run(`INSERT INTO ${table} (${names}) SELECT ${names} FROM ${givenRows(given)}`, ...arrays);
  }

  async keep(): Promise<void> {
    await this.#runner.run("COMMIT");
  }

  /** The server undoes what is not committed. */
  close(): Promise<void> {
    return this.#session.end();
  }
}

async function assertEmpty(session: Session, { table }: TableShape, { shown }: Address): Promise<void> {
  if (ownTables.has(table)) return;
  const { count } = await session.run(`SELECT 1 FROM ${table} LIMIT 1`);
  if (count === 0) return;
  const remedy = "name another schema with ?schema=, or drop this one";
  throw new CapstanError("store-not-empty", `the store at ${shown} has rows of ${table} already: ${remedy}`);
}
