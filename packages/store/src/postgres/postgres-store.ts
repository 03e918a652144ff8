import type {
  EstimateRow,
  FinishedTaskRow,
  IdempotencyRow,
  OfferRow,
  PhaseRow,
  PlainTaskRow,
  RecalledRow,
  Standing,
  TaskRow,
  TasksetRow,
  TrialRow,
} from "@capstan/core";
import type { TaskQuery, TasksetQuery } from "@capstan/protocol";
import { CapstanError, type Random } from "@capstan/protocol/plain";
import type { BlobSweep } from "../blob/blob-sweep.js";
import { mergePage } from "../row/task-page.js";
import { packText } from "../row/text.js";
import type {
  CommitBatch,
  EstimateRange,
  FlakyRange,
  HandOver,
  Joining,
  LogRange,
  LogSlice,
  MutedChange,
  MutedRange,
  MutedRow,
  Opening,
  Page,
  PruneOptions,
  RowKey,
  SharedOpening,
  SharedStore,
  StoredFlaky,
  StoredTask,
  Taking,
} from "../store.js";
import type { Address } from "./address.js";
import { EngineLease } from "./engine-lease.js";
import { findUnused } from "./blob-reference.js";
import { measureLog, readLog } from "./log-read.js";
import { countMuted, listMuted } from "./muted-list.js";
import { toPostgresError } from "./postgres-failure.js";
import { PostgresWriter } from "./postgres-writer.js";
import { ReaderPool } from "./reader-pool.js";
import * as read from "./row-reader.js";
import { listTasks } from "./task-list.js";
import { listTasksets } from "./taskset-list.js";

type State = "new" | "open" | "closed";

/** Three renewals, one a second, may fail or be late. */
const leaseMsDefault = 3_000;

/** The store on PostgreSQL: one session that writes, a few that read, and one that renews a lease where engines share it. */
export class PostgresStore implements SharedStore {
  readonly kind = "postgres";
  readonly #address: Address;
  readonly #writer: PostgresWriter;
  readonly #reads: ReaderPool;
  readonly #blobs: BlobSweep | undefined;
  #lease: EngineLease | undefined;
  #state: State = "new";

  constructor(address: Address, { random, blobs }: { readonly random: Random; readonly blobs?: BlobSweep }) {
    this.#address = address;
    this.#writer = new PostgresWriter(address, random);
    this.#reads = new ReaderPool(address);
    this.#blobs = blobs;
  }

  async open(nowMs: number): Promise<Opening> {
    this.#assertNew();
    const opening = await guarded(this.#writer.open(nowMs));
    this.#state = "open";
    return opening;
  }

  async join({ address, weight, leaseMs = leaseMsDefault }: Joining, nowMs: number): Promise<SharedOpening> {
    this.#assertNew();
    const opening = await guarded(this.#writer.join({ address, weight, leaseMs }, nowMs));
    this.#lease = new EngineLease(this.#address, opening.engine, leaseMs);
    this.#state = "open";
    return opening;
  }

  async renew(): Promise<Standing | undefined> {
    return guarded(this.#assertShared().renew());
  }

  async take(partitions: readonly number[]): Promise<Taking> {
    this.#assertShared();
    return guarded(this.#writer.take(partitions));
  }

  async handOver(moves: readonly HandOver[]): Promise<readonly number[]> {
    this.#assertShared();
    return guarded(this.#writer.handOver(moves));
  }

  async commit(batch: CommitBatch): Promise<void> {
    this.#assertOpen();
    await guarded(this.#writer.commit(batch));
  }

  async changeMuted(change: MutedChange): Promise<void> {
    this.#assertOpen();
    await guarded(this.#writer.changeMuted(change));
  }

  async loadLive(): Promise<readonly TaskRow[]> {
    return read.loadLive(this.#open);
  }

  async loadTasks(after: string | undefined, limit: number): Promise<readonly (TaskRow | PlainTaskRow)[]> {
    return this.#open.snapshot((runner) => read.loadTasks(runner, after ?? "", limit));
  }

  async readTasks(namespace: string, ids: readonly string[]): Promise<readonly RecalledRow[]> {
    return read.readTasks(this.#open, namespace, ids);
  }

  async readInputs(keys: readonly RowKey[]): Promise<readonly (string | null)[]> {
    return read.readInputs(this.#open, keys);
  }

  async loadFinished(
    taskset: RowKey,
    what: "unsuccessful" | "all",
    { after = "", limit }: { after?: string; limit: number },
  ): Promise<readonly FinishedTaskRow[]> {
    return read.loadFinished(this.#open, taskset, { what, after, limit });
  }

  async loadEstimates(namespace: string, estimateClass: string): Promise<readonly EstimateRow[]> {
    return read.loadEstimates(this.#open, namespace, estimateClass);
  }

  async readTask(key: RowKey): Promise<StoredTask | undefined> {
    return this.#open.snapshot((runner) => read.readTask(runner, key));
  }

  async listTasks(namespace: string, query: TaskQuery): Promise<Page<StoredTask>> {
    const packed = query.key === undefined ? query : { ...query, key: packText(query.key) };
    return mergePage(await this.#open.snapshot((runner) => listTasks(runner, namespace, packed)));
  }

  async readTaskset(key: RowKey): Promise<TasksetRow | undefined> {
    return read.readTaskset(this.#open, key);
  }

  async listTasksets(namespace: string, query: TasksetQuery): Promise<Page<TasksetRow>> {
    return listTasksets(this.#open, namespace, query);
  }

  async readTrials(key: RowKey): Promise<readonly TrialRow[]> {
    return read.readTrials(this.#open, key);
  }

  async readOffers(key: RowKey): Promise<readonly OfferRow[]> {
    return read.readOffers(this.#open, key);
  }

  async readPhases(key: RowKey): Promise<readonly PhaseRow[]> {
    return read.readPhases(this.#open, key);
  }

  async listEstimates(namespace: string, range: EstimateRange): Promise<readonly EstimateRow[]> {
    return read.listEstimates(this.#open, namespace, range);
  }

  async listFlaky(namespace: string, range: FlakyRange): Promise<readonly StoredFlaky[]> {
    return read.listFlaky(this.#open, namespace, range);
  }

  async listMuted(namespace: string, range: MutedRange): Promise<readonly MutedRow[]> {
    return listMuted(this.#open, namespace, range);
  }

  async countMuted(namespace: string, nowMs: number): Promise<number> {
    return countMuted(this.#open, namespace, nowMs);
  }

  async readIdempotency(namespace: string, scope: string, key: string): Promise<IdempotencyRow | undefined> {
    return read.readIdempotency(this.#open, [namespace, scope, key]);
  }

  async readLog(range: LogRange): Promise<LogSlice> {
    return readLog(this.#open, range);
  }

  async measureLog(
    namespace: string,
    trial: string,
  ): Promise<{ readonly stdout: number; readonly stderr: number; readonly sequence: number }> {
    return measureLog(this.#open, namespace, trial);
  }

  /** One step of a sweep over the rows and, when that is through, one over the blobs. */
  async prune(options: PruneOptions): Promise<{ readonly deleted: number; readonly hasMore: boolean }> {
    const reads = this.#open;
    if (this.#blobs !== undefined && this.#blobs.isUnderWay) {
      return this.#blobs.step(options, { findUnused: (blobs) => findUnused(reads, blobs) });
    }
    const result = await guarded(this.#writer.prune(options));
    if (result.hasMore || this.#blobs === undefined) return result;
    this.#blobs.start();
    return { deleted: result.deleted, hasMore: true };
  }

  async close(isClean: boolean): Promise<void> {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    try {
      if (wasOpen) await guarded(this.#writer.close(isClean));
    } finally {
      await this.#lease?.end();
      await this.#reads.end();
    }
  }

  get #open(): ReaderPool {
    this.#assertOpen();
    return this.#reads;
  }

  #assertNew(): void {
    if (this.#state !== "new") throw new CapstanError("internal", `the store is ${this.#state}: make another one`);
  }

  /** @throws CapstanError when no other engine could be beside this one. */
  #assertShared(): EngineLease {
    this.#assertOpen();
    if (this.#lease === undefined) throw new CapstanError("internal", "the store is this engine's alone: join it");
    return this.#lease;
  }

  #assertOpen(): void {
    if (this.#state === "open") return;
    throw new CapstanError("store-failed", `the store is ${this.#state === "new" ? "not open yet" : "closed"}`);
  }
}

/** Only the store's errors leave it. */
async function guarded<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw toPostgresError(error);
  }
}
