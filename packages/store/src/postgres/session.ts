import { CapstanError } from "@capstan/protocol/plain";
import { Client, type ClientConfig, type QueryArrayConfig } from "pg";
import { packText } from "../row/text.js";
import type { Value } from "../row/value.js";
import type { Address } from "./address.js";
import { toPostgresError } from "./postgres-failure.js";
import { statementName } from "./statement-name.js";

export interface Answer {
  readonly rows: readonly Value[][];
  /** How many rows were written or read. */
  readonly count: number;
}

/** What a statement is bound to; arrays are JavaScript's, or encoded. */
export type Parameter = Value | readonly (string | number | null)[];

/** Something that runs statements: a session, or a transaction within one. */
export interface Runner {
  run(text: string, ...values: Parameter[]): Promise<Answer>;
}

/** The oldest server whose makers still mend it when this was written. */
const versionLeast = 140_000;
const connectMs = 10_000;

const numbers: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
const bytes = 17;

/** Cells as the rows are packed: numbers, also the 64-bit ones, which are all counts and instants. */
function parserOf(oid: number): (text: string) => unknown {
  if (numbers.has(oid)) return Number;
  if (oid === bytes) return (text) => Buffer.from(text.slice(2), "hex");
  return (text) => text;
}

/**
 * Settings of every session. The tables grow from nothing within seconds and statistics come later, so a plan must not
 * depend on them: every statement is written for the index that serves it. A connection that is cut holds nothing for long.
 */
const settings = {
  jit: "off",
  bytea_output: "hex",
  // A commit that waited for the lock of epochs sees what was committed until then.
  default_transaction_isolation: "read committed",
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
  lock_timeout: "5000",
  idle_in_transaction_session_timeout: "10000",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "2",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "11000",
};

export function clientConfig({ connectionString, schema }: Address): ClientConfig {
  const options = Object.entries({ ...settings, search_path: schema }).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(" ", String.raw`\ `)}`,
  );
  return {
    connectionString,
    options: options.join(" "),
    application_name: "capstan",
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    types: { getTypeParser: parserOf as unknown as NonNullable<ClientConfig["types"]>["getTypeParser"] },
  };
}

/** A statement that is prepared once a connection. */
export interface Statement {
  readonly text: string;
  readonly values: readonly Parameter[];
  /** How long its answer is awaited, in ms; without end when left out. */
  readonly answerMsMax?: number | undefined;
}

/** Runs a statement. A single text with a NUL, which the server takes in no form, is what is kept of one. */
export async function runOn(client: Pick<Client, "query">, { text, values, answerMsMax }: Statement): Promise<Answer> {
  const result = await client.query({
    name: statementName(text),
    text,
    values: values.map((value) => (typeof value === "string" && value.includes("\0") ? packText(value) : value)),
    rowMode: "array",
    ...(answerMsMax !== undefined && { query_timeout: answerMsMax }),
  } as QueryArrayConfig);
  return { rows: result.rows as Value[][], count: result.rowCount ?? 0 };
}

/** One connection whose statements travel without waiting for the answers to those before them. */
export class Session implements Runner {
  readonly #client: Client;
  #lost: Error | undefined;
  /** How long an answer is awaited, in ms; without end until it is set, as for migrations. */
  answerMsMax: number | undefined;

  private constructor(client: Client) {
    this.#client = client;
    const lose = (error?: Error): void => void (this.#lost ??= error ?? new Error("the connection has ended"));
    client.on("error", lose);
    client.on("end", () => lose());
  }

  /** @throws CapstanError `store-failed` when the server cannot be reached, `unsupported` when it is too old or has no UTF-8. */
  static async connect(address: Address): Promise<Session> {
    const client = new Client({ ...clientConfig(address), pipeline: true });
    const session = new Session(client);
    try {
      await client.connect();
      await session.#check();
      return session;
    } catch (error) {
      client.end().catch(() => {});
      throw error instanceof CapstanError ? error : unreachable(address, error);
    }
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  run(text: string, ...values: Parameter[]): Promise<Answer> {
    const { answerMsMax } = this;
    return runOn(this.#client, { text, values, answerMsMax });
  }

  /** Runs text that is not prepared: several statements, or one that is needed once. */
  async execute(text: string): Promise<void> {
    await this.#client.query(text);
  }

  /** Runs a step in a transaction that is wholly undone when anything of it fails. */
  async transact<T>(step: () => Promise<T>): Promise<T> {
    const begun = this.run("BEGIN");
    try {
      const [result] = await Promise.all([step(), begun]);
      await this.run("COMMIT");
      return result;
    } catch (error) {
      await this.run("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  /** Commits are synced also where the server's default is that they are not. */
  async #check(): Promise<void> {
    const { rows } = await this.run(
      `SELECT current_setting('server_version_num')::int4, current_setting('server_version'),
         current_setting('server_encoding'),
         CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`,
    );
    const [number, version, encoding] = rows[0]!;
    if ((number as number) < versionLeast) {
      throw new CapstanError("unsupported", `PostgreSQL ${String(version)} is too old: Capstan needs 14 or later`);
    }
    if (encoding !== "UTF8") {
      const message = `the database has the encoding ${String(encoding)}: create one with ENCODING 'UTF8'`;
      throw new CapstanError("unsupported", message);
    }
  }
}

function unreachable({ shown }: Address, thrown: unknown): Error {
  // The driver gives one error for each address of a host.
  const first = thrown instanceof AggregateError ? (thrown.errors[0] as unknown) : thrown;
  const error = toPostgresError(first);
  if (!(error instanceof CapstanError)) return error;
  return new CapstanError("store-failed", `the store at ${shown} cannot be reached: ${error.message}`, {
    cause: thrown,
    ...(error.details !== undefined && { details: error.details }),
  });
}
