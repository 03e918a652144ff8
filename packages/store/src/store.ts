import type {
  EstimateRow,
  FinishedTaskRow,
  FlakyRow,
  IdempotencyRow,
  LogRow,
  OfferRow,
  PhaseRow,
  PlainTaskRow,
  PluginRow,
  RecalledRow,
  RevisionRow,
  Standing,
  TaskRow,
  TasksetRow,
  TrialRow,
  WorkerRow,
} from "@capstan/core";
import type { TaskQuery, TasksetQuery } from "@capstan/protocol";

/** The fence of one partition in a batch: it is written only if the store's epoch is this one, and the sequence goes up. */
export interface Fence {
  readonly partition: number;
  readonly epoch: number;
}

/** Characters of an input beyond which it is not read back with its task: a recall reads thousands of tasks at once. */
export const recalledInputCharactersMax = 4_096;

export interface RowKey {
  readonly namespace: string;
  readonly id: string;
}

/**
 * All that happened since the last commit, coalesced to the last state of each row. Written in one transaction, in
 * the order of the fields. An empty list is left out.
 */
export interface CommitBatch {
  readonly fences: readonly Fence[];
  readonly plugins?: readonly PluginRow[];
  readonly revisions?: readonly RevisionRow[];
  readonly deletedRevisions?: readonly RowKey[];
  readonly tasksets?: readonly TasksetRow[];
  /** Launched in this batch and still unfinished. */
  readonly insertedTasks?: readonly TaskRow[];
  /** Known to the hot table; inputs are not written again. */
  readonly updatedTasks?: readonly TaskRow[];
  /** Leave the hot table (when they were in it) for history. A finished task with `inputJson` null keeps the input of its hot row. */
  readonly finishedTasks?: readonly FinishedTaskRow[];
  /** Leave history for the hot table (a rerun): the row is inserted, history's is deleted, its input and last trial move. */
  readonly reopenedTasks?: readonly TaskRow[];
  /** Open tasksets whose stream broke: they vanish with all of their tasks, which are unfinished. */
  readonly discardedTasksets?: readonly RowKey[];
  readonly trials?: readonly TrialRow[];
  /** Of each task the last `offersMax` are kept. */
  readonly offers?: readonly OfferRow[];
  /** Of each phase of a taskset the last on each worker is kept. */
  readonly phases?: readonly PhaseRow[];
  readonly idempotencies?: readonly IdempotencyRow[];
  readonly estimates?: readonly EstimateRow[];
  /**
   * Of each class and key the last `flakyMax` are kept. The store adds the last trial of the round that failed, and the
   * examples that its failed trials told of, as far as they are stored inline.
   */
  readonly flaky?: readonly FlakyRow[];
  /** Sequences rise within a stream of a trial; a row that is not above the last one stored is a repetition and dropped. */
  readonly logs?: readonly LogRow[];
  readonly workers?: readonly WorkerRow[];
  readonly deletedWorkers?: readonly RowKey[];
}

/** What a store says when an engine takes it: epochs are already raised durably. */
export interface Opening {
  /** The epoch of each of the 64 partitions, raised by one. */
  readonly epochs: readonly number[];
  /** 32 bytes, made when the store was made: keys the MACs of lease tokens and session secrets. */
  readonly macKey: Uint8Array;
  /** Whether the last engine closed it in order. */
  readonly wasClean: boolean;
  readonly plugins: readonly PluginRow[];
  readonly revisions: readonly RevisionRow[];
  readonly workers: readonly WorkerRow[];
  /** Unfinished ones, open ones included. */
  readonly tasksets: readonly TasksetRow[];
  /** Estimates of jobs (key ''): one a definition, few. */
  readonly jobEstimates: readonly EstimateRow[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** A task as it is stored: hot or finished. */
export type StoredTask =
  { readonly isFinished: false; readonly row: TaskRow } | { readonly isFinished: true; readonly row: FinishedTaskRow };

/** A verdict that was flaky, with what the trials before it say. */
export interface StoredFlaky extends Omit<FlakyRow, "round"> {
  /** Number of the last trial that failed before the success; null when it is not known. */
  readonly trial: number | null;
  readonly examples: readonly { readonly id: string; readonly name: string }[];
  /** Successful trials of its key that are known now. */
  readonly passesNow: number;
}

export interface EstimateRange {
  readonly class: string;
  /** The key after which to go on, whether there is still an estimate of it or not. */
  readonly after?: string;
  readonly limit: number;
}

export interface FlakyRange {
  readonly class?: string;
  readonly key?: string;
  /** Class and key after which to go on. */
  readonly after?: readonly [string, string];
  /** So many keys, with all of their rows. */
  readonly limit: number;
}

/** An entry of the list of muted tests of a class. */
export interface MutedRow extends MutedKey {
  readonly reason: string | null;
  readonly by: string | null;
  readonly atMs: number;
  readonly expiresAtMs: number | null;
}

export interface MutedKey {
  readonly namespace: string;
  readonly class: string;
  readonly key: string;
  /** Null is the whole task. */
  readonly example: string | null;
}

export interface MutedChange {
  readonly fence: Fence;
  /** Each replaces what is there under its key. */
  readonly muted?: readonly MutedRow[];
  readonly unmuted?: readonly MutedKey[];
}

export interface MutedRange {
  readonly class?: string;
  readonly key?: string;
  /** Class, key and example after which to go on. */
  readonly after?: readonly [string, string, string | null];
  /** What expires until then is left out. */
  readonly nowMs: number;
  readonly limit: number;
}

export interface LogRange {
  readonly namespace: string;
  readonly trial: string;
  readonly stream: "stdout" | "stderr";
  /** Offset in bytes of UTF-8 within the stream. */
  readonly offset: number;
  readonly bytesMax: number;
}

export interface LogSlice {
  readonly text: string;
  readonly offset: number;
  /** Where the next read goes on; equal to offset when nothing is there yet. */
  readonly nextOffset: number;
}

export interface PruneOptions {
  readonly nowMs: number;
  readonly taskRetentionMs: number;
  readonly logRetentionMs: number;
  /** How long a blob that no row refers to is kept, from when it was last stored or asked for. Default a day. */
  readonly blobRetentionMs?: number;
  /** How long an estimate is kept from when it was last learnt, and a flaky verdict. Default 90 days. */
  readonly estimateRetentionMs?: number;
  /** At most so many rows in one step. */
  readonly rowsMax: number;
}

/**
 * Where an engine's state is durable. One interface, one conformance suite (`conformance/`), a driver a database.
 * All calls may be made at any time after `open`; commits are made one at a time. What a resolved commit or change wrote is synced.
 * Numbers that are no integers (durations, estimates) keep 15 significant digits.
 *
 * Errors: `store-locked`, `store-newer` from open; `store-failed` from everything (retryable); FencedError from commit and changeMuted.
 */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  /** Takes the store for one engine: locks it, migrates it, raises the epochs of all partitions. */
  open(nowMs: number): Promise<Opening>;
  commit(batch: CommitBatch): Promise<void>;
  /** Changes lists of muted tests, all or nothing, in a transaction of its own: it may be called while a commit is under way. */
  changeMuted(change: MutedChange): Promise<void>;

  /** The tasks that are neither queued nor waiting, without their inputs: what may have live trials. */
  loadLive(): Promise<readonly TaskRow[]>;
  /**
   * Unfinished tasks of all namespaces in the order of their ids, after the given one, without their inputs; those that
   * only wait for a worker and have no past are shortened (`plainRowOf`).
   */
  loadTasks(after: string | undefined, limit: number): Promise<readonly (TaskRow | PlainTaskRow)[]>;
  /** Those of the tasks that are unfinished, in the order of the ids; inputs over `recalledInputCharactersMax` are left out. */
  readTasks(namespace: string, ids: readonly string[]): Promise<readonly RecalledRow[]>;
  /** The inputs of hot tasks, as JSON text, in the order of the keys; null where there is none. */
  readInputs(keys: readonly RowKey[]): Promise<readonly (string | null)[]>;
  /** Finished tasks of a taskset that a rerun takes, after the given id. */
  loadFinished(
    taskset: RowKey,
    what: "unsuccessful" | "all",
    page: { after?: string; limit: number },
  ): Promise<readonly FinishedTaskRow[]>;
  loadEstimates(namespace: string, estimateClass: string): Promise<readonly EstimateRow[]>;

  readTask(key: RowKey): Promise<StoredTask | undefined>;
  /**
   * Newest first, unfinished and finished alike. With filters a page looks at a bounded number of rows, and its rows
   * have a bounded size: it may hold few or none and still have a `nextCursor`. @throws CapstanError `invalid-cursor`.
   */
  listTasks(namespace: string, query: TaskQuery): Promise<Page<StoredTask>>;
  readTaskset(key: RowKey): Promise<TasksetRow | undefined>;
  listTasksets(namespace: string, query: TasksetQuery): Promise<Page<TasksetRow>>;
  /** The ended trials of a task that have rows of their own, oldest first. */
  readTrials(key: RowKey): Promise<readonly TrialRow[]>;
  /** The last offers of a task that came to nothing, oldest first. */
  readOffers(key: RowKey): Promise<readonly OfferRow[]>;
  /** How the phases of a taskset ended on its workers, oldest first. */
  readPhases(key: RowKey): Promise<readonly PhaseRow[]>;
  /** Some of the estimates of a class, in the order of their keys. */
  listEstimates(namespace: string, range: EstimateRange): Promise<readonly EstimateRow[]>;
  /** What was flaky, in the order of class, key and time. */
  listFlaky(namespace: string, range: FlakyRange): Promise<readonly StoredFlaky[]>;
  /** The muted tests that are kept, in the order of class, key and example, the whole task first. */
  listMuted(namespace: string, range: MutedRange): Promise<readonly MutedRow[]>;
  /** How many of a namespace are kept and have not expired. */
  countMuted(namespace: string, nowMs: number): Promise<number>;
  readIdempotency(namespace: string, scope: string, key: string): Promise<IdempotencyRow | undefined>;
  readLog(range: LogRange): Promise<LogSlice>;
  /** How many bytes each stream of a trial has, and the last sequence stored of it; 0 when there is nothing. */
  measureLog(
    namespace: string,
    trial: string,
  ): Promise<{ readonly stdout: number; readonly stderr: number; readonly sequence: number }>;

  /** Deletes some of what is past its retention; says whether there may be more. Also revisions' and inputs' blobs nobody refers to. */
  prune(options: PruneOptions): Promise<{ readonly deleted: number; readonly hasMore: boolean }>;
  /** Gives the store back; an orderly end is remembered. */
  close(isClean: boolean): Promise<void>;
}

/** How an engine takes part in a store that several share. */
export interface Joining {
  /** Where workers and other engines reach it. */
  readonly address: string;
  /** Its part of the partitions beside the weights of the others; an integer from 0. */
  readonly weight: number;
  /** How long it counts as there after each renewal, by the clock of the store. Default 3,000. */
  readonly leaseMs?: number;
}

/** What a store says to an engine that joins: it has no partition yet. */
export interface SharedOpening extends Pick<Opening, "macKey" | "plugins" | "revisions" | "workers" | "jobEstimates"> {
  /** The engine's id as long as its lease lives; no other ever has it. */
  readonly engine: string;
}

export interface TakenPartition {
  readonly partition: number;
  /** Raised by one. */
  readonly epoch: number;
  /** Whether the engine that had it last gave it up in order. */
  readonly wasClean: boolean;
}

export interface Taking {
  readonly partitions: readonly TakenPartition[];
  /** Their unfinished tasksets, open ones included. */
  readonly tasksets: readonly TasksetRow[];
}

export interface HandOver {
  readonly partition: number;
  readonly epoch: number;
  /** Who alone may take it, as long as that engine is there. */
  readonly to: string;
}

/**
 * A store that several engines may have at once, each some of its partitions, in place of `open`. Every change of hands
 * raises the epoch, so that a late commit of whoever had a partition is refused for it.
 */
export interface SharedStore extends Store {
  /** Takes part in the store, beside others that joined it. Ends with `close`, which in an orderly end gives all partitions up. */
  join(joining: Joining, nowMs: number): Promise<SharedOpening>;
  /**
   * Renews the lease and says who has what; undefined when the lease had run out and another engine has struck this one
   * off: it has no partition any more and can write nothing. The lease surely holds for `leaseMs` from when this was called.
   */
  renew(): Promise<Standing | undefined>;
  /**
   * Takes those of the partitions that are to be had: that nobody has, or only an engine whose lease has run out. One that
   * is this engine's already is taken anew, since the answer to an earlier taking may have been lost.
   */
  take(partitions: readonly number[]): Promise<Taking>;
  /** Gives up those of the partitions that this engine has, in order, and says which. All of them that is committed has to be. */
  handOver(moves: readonly HandOver[]): Promise<readonly number[]>;
}

/** A commit was refused because another engine has taken these partitions since; nothing of it was written. */
export class FencedError extends Error {
  override readonly name = "FencedError";
  readonly partitions: readonly number[];
  /** Whether the engine as a whole may write nothing any more: its lease had run out. */
  readonly isStruckOff: boolean;
  constructor(partitions: readonly number[], { isStruckOff = false }: { readonly isStruckOff?: boolean } = {}) {
    super(
      isStruckOff
        ? "the lease of this engine has run out, and another has struck it off"
        : `partitions ${partitions.join(", ")} belong to another engine now`,
    );
    this.partitions = partitions;
    this.isStruckOff = isStruckOff;
  }
}
