import type { Random } from "@capstan/protocol/plain";
import { CapstanError } from "@capstan/protocol/plain";
import { packBatch } from "../row/packed-batch.js";
import { FencedError, type CommitBatch, type MutedChange, type Opening, type PruneOptions } from "../store.js";
import type { Address } from "./address.js";
import { holdEpochsSql, takeLock } from "./advisory-lock.js";
import { BatchWriter } from "./batch-writer.js";
import { passFences, type PassedFence } from "./fence.js";
import { migrate } from "./migration/migrate.js";
import { changeMuted } from "./muted-list.js";
import { isLost } from "./postgres-failure.js";
import { Pruner, type PruneResult } from "./pruner.js";
import { Session } from "./session.js";
import { takeStore } from "./take-store.js";

/** A commit whose answer was lost with the connection: it may have happened. */
interface Doubt {
  readonly batch: CommitBatch;
  readonly fence: PassedFence;
  /** Known once the server was asked: before anything else is written, which would raise the sequence too. */
  hasHappened?: boolean;
}

/** A server that says nothing for so long is taken for gone; a commit takes milliseconds, a step of pruning little more. */
const answerMsMax = 30_000;

interface Writing {
  readonly session: Session;
  readonly batches: BatchWriter;
}

/**
 * The one session that writes: it holds the lock, and runs commits and steps of pruning one after another. When its
 * connection is cut, the next call connects anew and makes sure that the store is still this engine's.
 */
export class PostgresWriter {
  readonly #address: Address;
  readonly #random: Random;
  readonly #pruner = new Pruner();
  #writing: Writing | undefined;
  #epochs: readonly number[] = [];
  #doubt: Doubt | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(address: Address, random: Random) {
    this.#address = address;
    this.#random = random;
  }

  async open(nowMs: number): Promise<Opening> {
    const session = await Session.connect(this.#address);
    try {
      // First the lock: a newer version that is refused leaves the tables of the engine that runs alone.
      await takeLock(session, this.#address);
      await migrate(session, { schema: this.#address.schema, nowMs });
      const opening = await takeStore(session, nowMs, this.#random);
      this.#epochs = opening.epochs;
      this.#writing = writingOn(session);
      return opening;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  /** The same batch given again after a failure is written once, also when the first commit happened unheard. */
  commit(batch: CommitBatch): Promise<void> {
    return this.#inTurn(async ({ session, batches }) => {
      const doubt = this.#doubt;
      this.#doubt = undefined;
      if (doubt?.batch === batch && doubt.hasHappened === true) return;
      let fence: PassedFence | undefined;
      try {
        await batches.write(packBatch(batch), (passed) => (fence = passed));
      } catch (error) {
        if (fence !== undefined && (session.isLost || isLost(error))) this.#doubt = { batch, fence };
        throw error;
      }
    });
  }

  changeMuted(change: MutedChange): Promise<void> {
    return this.#inTurn(({ session }) =>
      session.transact(async () => {
        await session.run(holdEpochsSql);
        await passFences(session, [change.fence]);
        await changeMuted(session, change);
      }),
    );
  }

  prune(options: PruneOptions): Promise<PruneResult> {
    return this.#inTurn(({ session }) => session.transact(() => this.#pruner.step(session, options)));
  }

  async close(isClean: boolean): Promise<void> {
    try {
      if (isClean) {
        await this.#inTurn(({ session }) => session.run("UPDATE store SET is_clean = 1 WHERE id = 1"));
      }
    } finally {
      await this.#last.catch(() => {});
      await this.#writing?.session.end();
    }
  }

  /** Runs a step when those before it are through. */
  #inTurn<T>(step: (writing: Writing) => Promise<T>): Promise<T> {
    const turn = this.#last
      .catch(() => {})
      .then(async () => {
        const writing = await this.#ready();
        await this.#settle(writing.session);
        return step(writing);
      });
    this.#last = turn;
    return turn;
  }

  async #ready(): Promise<Writing> {
    const known = this.#writing!;
    if (!known.session.isLost) return known;
    const session = await Session.connect(this.#address);
    try {
      await this.#checkEpochs(session);
      await takeLock(session, this.#address);
      await this.#checkEpochs(session);
    } catch (error) {
      await session.end();
      throw error instanceof CapstanError && error.code === "store-locked" ? stillHeld(error) : error;
    }
    this.#writing = writingOn(session);
    return this.#writing;
  }

  /** @throws FencedError when another engine has taken the store since. */
  async #checkEpochs(session: Session): Promise<void> {
    const { rows } = await session.run("SELECT epoch FROM partition ORDER BY partition");
    const taken = rows.flatMap(([epoch], partition) => (epoch === this.#epochs[partition] ? [] : [partition]));
    if (taken.length > 0) throw new FencedError(taken);
  }

  /** Finds out what became of a commit whose answer was lost. @throws FencedError, and what makes the server unable to say. */
  async #settle(session: Session): Promise<void> {
    const doubt = this.#doubt;
    if (doubt !== undefined) doubt.hasHappened ??= await this.#hasHappened(session, doubt);
  }

  /** Waits for a commit that may still be under way in the server, and says whether it went through. */
  async #hasHappened(session: Session, { fence }: Doubt): Promise<boolean> {
    return session.transact(async () => {
      const sql = "SELECT commit_sequence FROM partition WHERE partition = $1 AND epoch = $2 FOR UPDATE";
      const { rows } = await session.run(sql, fence.partition, fence.epoch);
      if (rows.length === 0) throw new FencedError([fence.partition]);
      return (rows[0]![0] as number) >= fence.sequence;
    });
  }
}

/** A session that only writes from now on: no step of it takes long. */
function writingOn(session: Session): Writing {
  session.answerMsMax = answerMsMax;
  return { session, batches: new BatchWriter(session) };
}

/** The server has not yet noticed that this engine's earlier connection is gone: it is tried again. */
function stillHeld(cause: CapstanError): CapstanError {
  return new CapstanError("store-failed", `the connection was lost, and its lock is still held: ${cause.message}`, {
    cause,
  });
}
