import type { EngineStanding, PartitionStanding, Standing } from "@capstan/core";
import type { Value } from "../row/value.js";
import type { Address } from "./address.js";
import { Session } from "./session.js";

/** Finds nothing to renew when the lease has run out: who held on to it then might believe to have what another was given. */
const renewSql = `UPDATE engine SET expires_at = clock_timestamp() + $2 * interval '1 ms'
  WHERE id = $1 AND expires_at > clock_timestamp()`;

/** Engines and partitions as they are at one moment: the engines first, which have no number of a partition. */
const standingSql = `SELECT NULL::int4, NULL::int8, id, address, weight,
    (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8, joined_at
  FROM engine
  UNION ALL SELECT partition, epoch, engine, handed_to, NULL, NULL, NULL FROM partition
  ORDER BY 1 NULLS FIRST, 7, 3`;

/** Keeps the lease of an engine, on a connection of its own: a renewal waits for no commit. One call at a time. */
export class EngineLease {
  readonly #address: Address;
  readonly #engine: string;
  readonly #leaseMs: number;
  #session: Session | undefined;

  constructor(address: Address, engine: string, leaseMs: number) {
    this.#address = address;
    this.#engine = engine;
    this.#leaseMs = leaseMs;
  }

  /** Undefined when the lease had run out. */
  async renew(): Promise<Standing | undefined> {
    const session = await this.#ready();
    try {
      const [{ count }, { rows }] = await Promise.all([
        session.run(renewSql, this.#engine, this.#leaseMs),
        session.run(standingSql),
      ]);
      return count === 0 ? undefined : standingOf(rows);
    } catch (error) {
      // Whatever it was, the next renewal has no time to find out.
      this.#session = undefined;
      void session.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.#session?.end();
  }

  async #ready(): Promise<Session> {
    const known = this.#session;
    if (known !== undefined && !known.isLost) return known;
    const session = await Session.connect(this.#address);
    // An answer that comes after the lease is of no use.
    session.answerMsMax = this.#leaseMs;
    return (this.#session = session);
  }
}

function standingOf(rows: readonly Value[][]): Standing {
  const engines: EngineStanding[] = [];
  const partitions: PartitionStanding[] = [];
  for (const [partition, epoch, engine, text, weight, remainingMs] of rows) {
    if (partition === null) {
      engines.push({
        id: engine as string,
        address: text as string,
        weight: weight as number,
        remainingMs: remainingMs as number,
      });
    } else {
      partitions.push({
        partition: partition as number,
        epoch: epoch as number,
        engine: engine as string | null,
        handedTo: text as string | null,
      });
    }
  }
  return { engines, partitions };
}
