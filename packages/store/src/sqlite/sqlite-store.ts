import type {
  EstimateRow,
  FinishedTaskRow,
  IdempotencyRow,
  OfferRow,
  PhaseRow,
  PlainTaskRow,
  RecalledRow,
  TaskRow,
  TasksetRow,
  TrialRow,
} from "@capstan/core";
import type { TaskQuery, TasksetQuery } from "@capstan/protocol";
import { CapstanError } from "@capstan/protocol/plain";
import type { BlobSweep } from "../blob/blob-sweep.js";
import type {
  CommitBatch,
  EstimateRange,
  FlakyRange,
  LogRange,
  LogSlice,
  MutedChange,
  MutedRange,
  MutedRow,
  Opening,
  Page,
  PruneOptions,
  RowKey,
  Store,
  StoredFlaky,
  StoredTask,
} from "../store.js";
import type { Backend, ReadAnswer, ReadArguments, ReadName } from "./backend.js";
import type { Value } from "./database.js";
import { packBatch } from "../row/packed-batch.js";
import type { RowsText } from "./row-reader.js";
import { unpackFinished, unpackTrial } from "../row/finished-row.js";
import { unpackPlugin, unpackRevision, unpackWorker } from "../row/registry-row.js";
import { unpackFlaky } from "../row/flaky-row.js";
import { unpackEstimate, unpackIdempotency, unpackOffer, unpackPhase } from "../row/side-row.js";
import { unpackRecalled, unpackShort, unpackTask } from "../row/task-row.js";
import { unpackTaskset } from "../row/taskset-row.js";
import { packText } from "../row/text.js";
import { mergePage } from "../row/task-page.js";
import { packMutedChange } from "./muted-writer.js";
import { unpackMuted } from "../row/muted-row.js";

type State = "new" | "open" | "closed";

function unpackRows<T>(text: RowsText, unpack: (cells: readonly Value[]) => T): T[] {
  return (JSON.parse(text) as Value[][]).map(unpack);
}

/** The store on SQLite. It packs and unpacks rows; the SQL runs in its backend. */
export class SqliteStore implements Store {
  readonly kind = "sqlite";
  readonly #backend: Backend;
  readonly #blobs: BlobSweep | undefined;
  #state: State = "new";

  constructor(backend: Backend, blobs?: BlobSweep) {
    this.#backend = backend;
    this.#blobs = blobs;
  }

  async open(nowMs: number): Promise<Opening> {
    if (this.#state !== "new") throw new CapstanError("internal", `the store is ${this.#state}: make another one`);
    const packed = await this.#backend.open(nowMs);
    this.#state = "open";
    return {
      epochs: packed.epochs,
      macKey: packed.macKey,
      wasClean: packed.wasClean,
      plugins: unpackRows(packed.plugins, unpackPlugin),
      revisions: unpackRows(packed.revisions, unpackRevision),
      workers: unpackRows(packed.workers, unpackWorker),
      tasksets: unpackRows(packed.tasksets, unpackTaskset),
      jobEstimates: unpackRows(packed.jobEstimates, unpackEstimate),
    };
  }

  async commit(batch: CommitBatch): Promise<void> {
    this.#assertOpen();
    await this.#backend.commit(packBatch(batch));
  }

  async changeMuted(change: MutedChange): Promise<void> {
    this.#assertOpen();
    await this.#backend.changeMuted(packMutedChange(change));
  }

  async loadLive(): Promise<readonly TaskRow[]> {
    return unpackRows(await this.#read("loadLive"), unpackTask);
  }

  async loadTasks(after: string | undefined, limit: number): Promise<readonly (TaskRow | PlainTaskRow)[]> {
    const rows = await this.#read("loadTasks", after ?? "", limit);
    const tasks = rows.flatMap((text) => unpackRows(text, unpackShort));
    if (rows.length > 1) tasks.sort((left, right) => (left.id < right.id ? -1 : 1));
    return tasks;
  }

  async readTasks(namespace: string, ids: readonly string[]): Promise<readonly RecalledRow[]> {
    return unpackRows(await this.#read("readTasks", namespace, ids), unpackRecalled);
  }

  async readInputs(keys: readonly RowKey[]): Promise<readonly (string | null)[]> {
    return this.#read("readInputs", keys);
  }

  async loadFinished(
    taskset: RowKey,
    what: "unsuccessful" | "all",
    { after = "", limit }: { after?: string; limit: number },
  ): Promise<readonly FinishedTaskRow[]> {
    return unpackRows(await this.#read("loadFinished", taskset, what, { after, limit }), unpackFinished);
  }

  async loadEstimates(namespace: string, estimateClass: string): Promise<readonly EstimateRow[]> {
    return unpackRows(await this.#read("loadEstimates", namespace, packText(estimateClass)), unpackEstimate);
  }

  async readTask(key: RowKey): Promise<StoredTask | undefined> {
    const { isFinished, rows } = await this.#read("readTask", key);
    if (isFinished) return unpackRows(rows, (cells) => ({ isFinished: true, row: unpackFinished(cells) }) as const)[0];
    return unpackRows(rows, (cells) => ({ isFinished: false, row: unpackTask(cells) }) as const)[0];
  }

  async listTasks(namespace: string, query: TaskQuery): Promise<Page<StoredTask>> {
    const packed = query.key === undefined ? query : { ...query, key: packText(query.key) };
    const { hot, finished, ...rest } = await this.#read("listTasks", namespace, packed);
    return mergePage({ ...rest, hot: JSON.parse(hot) as Value[][], finished: JSON.parse(finished) as Value[][] });
  }

  async readTaskset(key: RowKey): Promise<TasksetRow | undefined> {
    return unpackRows(await this.#read("readTaskset", key), unpackTaskset)[0];
  }

  async listTasksets(namespace: string, query: TasksetQuery): Promise<Page<TasksetRow>> {
    const { rows, nextCursor } = await this.#read("listTasksets", namespace, query);
    const items = unpackRows(rows, unpackTaskset);
    return nextCursor === undefined ? { items } : { items, nextCursor };
  }

  async readTrials(key: RowKey): Promise<readonly TrialRow[]> {
    return unpackRows(await this.#read("readTrials", key), unpackTrial);
  }

  async readOffers(key: RowKey): Promise<readonly OfferRow[]> {
    return unpackRows(await this.#read("readOffers", key), unpackOffer);
  }

  async readPhases(key: RowKey): Promise<readonly PhaseRow[]> {
    return unpackRows(await this.#read("readPhases", key), unpackPhase);
  }

  async listEstimates(namespace: string, { class: of, after, limit }: EstimateRange): Promise<readonly EstimateRow[]> {
    const packed = { class: packText(of), ...(after !== undefined && { after: packText(after) }), limit };
    return unpackRows(await this.#read("listEstimates", namespace, packed), unpackEstimate);
  }

  async listFlaky(namespace: string, range: FlakyRange): Promise<readonly StoredFlaky[]> {
    const packed = {
      ...(range.class !== undefined && { class: packText(range.class) }),
      ...(range.key !== undefined && { key: packText(range.key) }),
      ...(range.after !== undefined && { after: [packText(range.after[0]), packText(range.after[1])] as const }),
      limit: range.limit,
    };
    return unpackRows(await this.#read("listFlaky", namespace, packed), unpackFlaky);
  }

  async listMuted(namespace: string, range: MutedRange): Promise<readonly MutedRow[]> {
    const { class: of, key, after, nowMs, limit } = range;
    const packed: MutedRange = {
      ...(of !== undefined && { class: packText(of) }),
      ...(key !== undefined && { key: packText(key) }),
      ...(after !== undefined && { after: [packText(after[0]), packText(after[1]), packText(after[2])] }),
      nowMs,
      limit,
    };
    return unpackRows(await this.#read("listMuted", namespace, packed), unpackMuted);
  }

  async countMuted(namespace: string, nowMs: number): Promise<number> {
    return this.#read("countMuted", namespace, nowMs);
  }

  async readIdempotency(namespace: string, scope: string, key: string): Promise<IdempotencyRow | undefined> {
    return unpackRows(await this.#read("readIdempotency", namespace, scope, packText(key)), unpackIdempotency)[0];
  }

  async readLog(range: LogRange): Promise<LogSlice> {
    return this.#read("readLog", range);
  }

  async measureLog(
    namespace: string,
    trial: string,
  ): Promise<{ readonly stdout: number; readonly stderr: number; readonly sequence: number }> {
    return this.#read("measureLog", namespace, trial);
  }

  /** One step of a sweep over the rows and, when that is through, one over the blobs. */
  async prune(options: PruneOptions): Promise<{ readonly deleted: number; readonly hasMore: boolean }> {
    this.#assertOpen();
    if (this.#blobs !== undefined && this.#blobs.isUnderWay) return this.#blobs.step(options, this.#backend);
    const result = await this.#backend.prune(options);
    if (result.hasMore || this.#blobs === undefined) return result;
    this.#blobs.start();
    return { deleted: result.deleted, hasMore: true };
  }

  async close(isClean: boolean): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    await this.#backend.close(isClean);
  }

  async #read<K extends ReadName>(name: K, ...args: ReadArguments<K>): Promise<ReadAnswer<K>> {
    this.#assertOpen();
    return this.#backend.read(name, ...args);
  }

  #assertOpen(): void {
    if (this.#state === "open") return;
    throw new CapstanError("store-failed", `the store is ${this.#state === "new" ? "not open yet" : "closed"}`);
  }
}
