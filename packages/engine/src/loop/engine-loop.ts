import { dispatch, noteCommitted, takeChanges, tick, type Effect, type EngineState, type Now } from "@capstan/core";
import { CapstanError, toCapstanError, type Clock, type Timer } from "@capstan/protocol";
import { FencedError, type Store } from "@capstan/store";
import { countRows, toCommitBatch, type Batch } from "./batch.js";
import { hasExtraRows, noExtraRows, type ExtraRows } from "./extra-rows.js";

/** Calls back after the sockets were read once more: `setImmediate`, or the simulator's own. */
export type Defer = (callback: () => void) => void;

export interface LoopParts {
  readonly state: EngineState;
  readonly store: Store;
  readonly clock: Clock;
  readonly defer: Defer;
  /** Carries out effects; what it sends in one turn leaves in one frame a worker. */
  readonly perform: (effects: readonly Effect[]) => void;
  /** The turn is over: frames may leave. */
  readonly flush: () => void;
  /** Told of each commit, before its effects leave. */
  readonly committed: (batch: Batch) => void;
  /** The store belongs to another engine now, or memory and store disagree: this engine must stop. */
  readonly broken: (error: Error) => void;
  /** A commit failed and is tried again. */
  readonly commitFailed: (error: CapstanError) => void;
}

const retryMs = { least: 200, most: 2_000 };
/** A timer this late means that the loop stalled: sockets are read a few times more before deadlines fire. */
const stallMs = 500;
const stallReads = 8;
/** Tasks in batches not yet committed beyond which intake is refused. */
const uncommittedMax = 200_000;

/**
 * The one loop that owns an engine's state. Changes are applied at once, one after another; at the end of the turn what
 * can be offered is offered, effects leave, and all that changed is committed in one transaction. Effects that need it
 * follow the commit.
 */
export class EngineLoop {
  readonly #parts: LoopParts;
  #extra = noExtraRows();
  #inFlight: Batch | undefined;
  #waiters: (() => void)[] = [];
  /** Those who wait for the batch that is being written. */
  #flightWaiters: (() => void)[] = [];
  #isTurnSet = false;
  #timer: { readonly timer: Timer; readonly atMonoMs: number } | undefined;
  #isStopped = false;
  #isOffering = true;
  #failure: CapstanError | undefined;
  readonly measures = { commits: 0, rows: 0, commitSeconds: 0, failed: 0, applied: 0, turnSeconds: 0 };

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  get clock(): Clock {
    return this.#parts.clock;
  }

  get state(): EngineState {
    return this.#parts.state;
  }

  now(): Now {
    const { clock } = this.#parts;
    return { monoMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  /** Applies a change to the state, now; the rest of the turn follows. */
  act<T>(change: (state: EngineState, now: Now) => T): T {
    this.measures.applied += 1;
    this.#setTurn();
    return change(this.#parts.state, this.now());
  }

  /** Rows that ride along with the next commit. */
  get extra(): ExtraRows {
    this.#setTurn();
    return this.#extra;
  }

  /** Resolves when everything applied so far is durable. */
  committed(): Promise<void> {
    if (this.#hasChanges()) return new Promise((resolve) => this.#waiters.push(resolve));
    if (this.#inFlight === undefined) return Promise.resolve();
    // The batch under way is the last: another may be long in coming.
    return new Promise((resolve) => this.#flightWaiters.push(resolve));
  }

  /** Whether all that was applied is durable. */
  get isSettled(): boolean {
    return this.#inFlight === undefined && !this.#hasChanges();
  }

  /** Why commits fail now; undefined while they succeed. */
  get failure(): CapstanError | undefined {
    return this.#failure;
  }

  /** Refuses new work while the store cannot be written, or too much waits to be. @throws CapstanError */
  checkIntake(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const uncommitted = this.#parts.state.out.tasks.length + (this.#inFlight?.changes.insertedTasks.length ?? 0);
    if (uncommitted > uncommittedMax) {
      throw new CapstanError("overloaded", `${uncommitted} changes wait to be written`, {
        details: { retryAfterMs: 500 },
      });
    }
  }

  /** Offers nothing more: the engine is about to stop. */
  stopOffering(): void {
    this.#isOffering = false;
  }

  /** Ends the loop: nothing is applied or sent any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.timer.cancel();
  }

  #setTurn(): void {
    if (this.#isTurnSet || this.#isStopped) return;
    this.#isTurnSet = true;
    this.#parts.defer(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnSet = false;
    if (this.#isStopped) return;
    const { state } = this.#parts;
    const now = this.now();
    const isMoreDue = tick(state, now);
    if (this.#isOffering) dispatch(state, now);
    this.#release(state.out.effects.splice(0));
    if (this.#inFlight === undefined) this.#commit(now);
    this.#parts.flush();
    this.measures.turnSeconds += (this.#parts.clock.monotonicMs() - now.monoMs) / 1_000;
    if (isMoreDue) this.#setTurn();
    else this.#setTimer(now);
  }

  #release(effects: readonly Effect[]): void {
    if (effects.length > 0) this.#parts.perform(effects);
  }

  #hasChanges(): boolean {
    const { out } = this.#parts.state;
    return out.hasChanges || out.effectsAfterCommit.length > 0 || hasExtraRows(this.#extra);
  }

  #isLazyRipe(now: Now): boolean {
    const { out, config } = this.#parts.state;
    const oldest = out.lazyTasks[0];
    return oldest !== undefined && now.monoMs - oldest.sinceMonoMs >= config.lazyMs;
  }

  #commit(now: Now): void {
    if (!this.#hasChanges() && !this.#isLazyRipe(now)) {
      // Who asked during the last commit, and changed nothing, waits for no other.
      for (const resolve of this.#waiters.splice(0)) resolve();
      return;
    }
    const batch: Batch = { changes: takeChanges(this.#parts.state, now), extra: this.#extra };
    this.#extra = noExtraRows();
    this.#inFlight = batch;
    this.#flightWaiters = this.#waiters;
    this.#waiters = [];
    void this.#write(batch);
  }

  async #write(batch: Batch): Promise<void> {
    const { store, state, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const rows = toCommitBatch(batch, state.epochs);
    for (let pauseMs = retryMs.least; ; pauseMs = Math.min(2 * pauseMs, retryMs.most)) {
      try {
        await store.commit(rows);
        break;
      } catch (error) {
        const failure = toCapstanError(error);
        if (error instanceof FencedError || failure.code !== "store-failed") return this.#parts.broken(error as Error);
        await this.#awaitRetry(failure, pauseMs);
        if (this.#isStopped) return;
      }
    }
    this.#failure = undefined;
    this.measures.commits += 1;
    this.measures.rows += countRows(batch);
    this.measures.commitSeconds += (clock.monotonicMs() - startedMs) / 1_000;
    if (!this.#isStopped) this.#finishCommit(batch);
  }

  async #awaitRetry(error: CapstanError, pauseMs: number): Promise<void> {
    this.#failure =
      error.code === "store-failed" ? error : new CapstanError("store-failed", error.message, { cause: error });
    this.measures.failed += 1;
    this.#parts.commitFailed(this.#failure);
    await new Promise<void>((resolve) => this.#parts.clock.setTimer(pauseMs, resolve));
  }

  #finishCommit(batch: Batch): void {
    const { state } = this.#parts;
    this.#inFlight = undefined;
    noteCommitted(state, batch.changes);
    this.#parts.committed(batch);
    this.#release(batch.changes.effects);
    this.#release(state.out.effectsAfterFlight.splice(0));
    for (const resolve of this.#flightWaiters.splice(0)) resolve();
    // What the commit let go leaves at the end of the turn, in one frame with what the turn itself has to say.
    this.#setTurn();
  }

  /** One timer, for whatever is due next. It is left as it is when the next deadline lies later. */
  #setTimer(now: Now): void {
    const { state, clock } = this.#parts;
    const oldest = state.out.lazyTasks[0];
    const lazyAtMs =
      oldest === undefined || this.#inFlight !== undefined ? Infinity : oldest.sinceMonoMs + state.config.lazyMs;
    const atMonoMs = Math.min(state.deadlines.nextAtMs ?? Infinity, lazyAtMs);
    if (atMonoMs === Infinity || this.#isStopped) return;
    if (this.#timer !== undefined && this.#timer.atMonoMs <= atMonoMs) return;
    this.#timer?.timer.cancel();
    const delayMs = Math.max(1, Math.ceil(atMonoMs - now.monoMs));
    this.#timer = { atMonoMs, timer: clock.setTimer(delayMs, () => this.#wake(atMonoMs)) };
  }

  /** Sockets are read before deadlines fire: after a stall several times, so that a worker's sign counts before its silence. */
  #wake(atMonoMs: number): void {
    this.#timer = undefined;
    const lateMs = this.now().monoMs - atMonoMs;
    this.#readFirst(lateMs > stallMs ? stallReads : 0);
  }

  #readFirst(reads: number): void {
    if (reads === 0) this.#setTurn();
    else this.#parts.defer(() => this.#readFirst(reads - 1));
  }
}
