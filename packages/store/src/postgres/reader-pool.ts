import { Pool } from "pg";
import type { Address } from "./address.js";
import { toPostgresError } from "./postgres-failure.js";
import { clientConfig, runOn, type Answer, type Parameter, type Runner } from "./session.js";

/** Enough that one long list holds up nobody, few enough for a server with a hundred connections. */
const connectionsMax = 4;
const idleMs = 60_000;
/** The longest read is that of all unfinished tasks at a start. */
const answerMsMax = 300_000;

/** Connections that read. A commit that has resolved is seen by all of them. */
export class ReaderPool implements Runner {
  readonly #pool: Pool;

  constructor(address: Address) {
    this.#pool = new Pool({ ...clientConfig(address), max: connectionsMax, idleTimeoutMillis: idleMs });
    // An idle connection that is cut is replaced when it is needed.
    this.#pool.on("error", () => {});
    // One that is cut while it reads fails its read, and is nobody else's error.
    this.#pool.on("connect", (client) => void client.on("error", () => {}));
  }

  async run(text: string, ...values: Parameter[]): Promise<Answer> {
    try {
      return await runOn(this.#pool, { text, values, answerMsMax });
    } catch (error) {
      throw toPostgresError(error);
    }
  }

  /** Runs several reads that see one committed state. */
  async snapshot<T>(read: (runner: Runner) => Promise<T>): Promise<T> {
    try {
      const client = await this.#pool.connect();
      let failure: Error | undefined;
      try {
        await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        const result = await read({ run: (text, ...values) => runOn(client, { text, values, answerMsMax }) });
        await client.query("COMMIT");
        return result;
      } catch (error) {
        failure = error as Error;
        throw error;
      } finally {
        // One that failed in a transaction is not used again.
        client.release(failure);
      }
    } catch (error) {
      throw toPostgresError(error);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}
