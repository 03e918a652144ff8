import type { Random } from "@capstan/protocol/plain";
import { CapstanError } from "@capstan/protocol/plain";
import { packBatch } from "../row/packed-batch.js";
import {
  FencedError,
  type CommitBatch,
  type HandOver,
  type Joining,
  type MutedChange,
  type Opening,
  type PruneOptions,
  type SharedOpening,
  type Taking,
} from "../store.js";
import type { Address } from "./address.js";
import { holdEpochsSql, takeLock, type Sharing } from "./advisory-lock.js";
import { BatchWriter } from "./batch-writer.js";
import { handOver, leaveStore, takePartitions } from "./change-hands.js";
import { hasPassed, passFences, type PassedFence } from "./fence.js";
import { migrate } from "./migration/migrate.js";
import { changeMuted } from "./muted-list.js";
import { isLost } from "./postgres-failure.js";
import { Pruner, type PruneResult } from "./pruner.js";
import { Session } from "./session.js";
import { giveUpStore, joinStore, takeStore } from "./take-store.js";

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
  /** Of all partitions, while this engine is alone. */
  #epochs: readonly number[] = [];
  /** Its id, while it shares the store. */
  #engine: string | undefined;
  #doubt: Doubt | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(address: Address, random: Random) {
    this.#address = address;
    this.#random = random;
  }

  async open(nowMs: number): Promise<Opening> {
    const opening = await this.#connect("alone", nowMs, (session) => takeStore(session, nowMs, this.#random));
    this.#epochs = opening.epochs;
    return opening;
  }

  async join(joining: Required<Joining>, nowMs: number): Promise<SharedOpening> {
    const engine = `eng_${Buffer.from(this.#random.bytes(10)).toString("hex")}`;
    const options = { ...joining, nowMs, random: this.#random };
    this.#engine = engine;
    return this.#connect("shared", nowMs, (session) => joinStore(session, engine, options));
  }

  /** Takes partitions in turn with commits, so that none of this engine is under way. */
  take(partitions: readonly number[]): Promise<Taking> {
    return this.#inTurn(({ session }) => takePartitions(session, this.#engine!, partitions));
  }

  handOver(moves: readonly HandOver[]): Promise<readonly number[]> {
    return this.#inTurn(({ session }) => handOver(session, this.#engine!, moves));
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
        await passFences(session, [change.fence], this.#engine);
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
        const engine = this.#engine;
        await this.#inTurn(({ session }) =>
          engine === undefined ? giveUpStore(session) : leaveStore(session, engine),
        );
      }
    } finally {
      await this.#last.catch(() => {});
      await this.#writing?.session.end();
    }
  }

  async #connect<T>(sharing: Sharing, nowMs: number, take: (session: Session) => Promise<T>): Promise<T> {
    const session = await Session.connect(this.#address);
    try {
      // First the lock: a newer version that is refused leaves the tables of the engine that runs alone.
      await takeLock(session, this.#address, sharing);
      await migrate(session, { schema: this.#address.schema, nowMs });
      const taken = await take(session);
      this.#writing = writingOn(session, this.#engine);
      return taken;
    } catch (error) {
      await session.end();
      throw error;
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
      await takeLock(session, this.#address, this.#engine === undefined ? "alone" : "shared");
      await this.#checkEpochs(session);
    } catch (error) {
      await session.end();
      throw error instanceof CapstanError && error.code === "store-locked" ? stillHeld(error) : error;
    }
    this.#writing = writingOn(session, this.#engine);
    return this.#writing;
  }

  /** Of the store that it has alone; what it shares is checked with each commit. @throws FencedError when another engine has taken the store since. */
  async #checkEpochs(session: Session): Promise<void> {
    if (this.#engine !== undefined) return;
    const { rows } = await session.run("SELECT epoch FROM partition ORDER BY partition");
    const taken = rows.flatMap(([epoch], partition) => (epoch === this.#epochs[partition] ? [] : [partition]));
    if (taken.length > 0) throw new FencedError(taken);
  }

  /** Finds out what became of a commit whose answer was lost. @throws FencedError, and what makes the server unable to say. */
  async #settle(session: Session): Promise<void> {
    const doubt = this.#doubt;
    if (doubt !== undefined) doubt.hasHappened ??= await session.transact(() => hasPassed(session, doubt.fence));
  }
}

/** A session that only writes from now on: no step of it takes long. */
function writingOn(session: Session, engine: string | undefined): Writing {
  session.answerMsMax = answerMsMax;
  return { session, batches: new BatchWriter(session, engine) };
}

/** The server has not yet noticed that this engine's earlier connection is gone: it is tried again. */
function stillHeld(cause: CapstanError): CapstanError {
  return new CapstanError("store-failed", `the connection was lost, and its lock is still held: ${cause.message}`, {
    cause,
  });
}
