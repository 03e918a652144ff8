import type { Clock, Manifest, OfferMessage } from "@capstan/protocol";
import type { WorkerEmitter } from "../event/worker-event.js";
import type { Executor, ExecutorKind, ExecutorResources, LoadedRevision } from "../executor/executor.js";
import { wasKilled } from "../executor/start-error.js";
import { isHolding, PoolSeat, type PoolEntry } from "./pool-seat.js";
import type { Seat } from "./seat.js";

/** A revision that executors can be started of. */
export interface PoolRevision {
  readonly kind: ExecutorKind;
  readonly loaded: LoadedRevision;
  readonly resources: ExecutorResources;
  /** Trials of a definition that may share an executor, by the definition's whole name; 1 where it is not named. */
  readonly shares: ReadonlyMap<string, number>;
}

export interface ExecutorPoolOptions {
  /** Executors at a time at most, those beside the slots' own being idle ones; in-process executors do not count. */
  readonly executorsMax: number;
  readonly clock: Clock;
  readonly events: WorkerEmitter;
}

const closeGraceMs = 2_000;
/** Starts of one executor when each is killed from outside: by hand, or because the machine's memory is short. */
const startsMax = 3;

/** The executors of a worker: idle ones are used again, the longest idle one makes room for another revision's. */
export class ExecutorPool {
  readonly #options: ExecutorPoolOptions;
  readonly #entries = new Map<string, PoolEntry[]>();
  readonly #closing = new Set<Promise<void>>();
  /** Look again whether a workspace is left. */
  readonly #vacating = new Set<() => void>();
  /** Of the processes that live. */
  readonly #numbers = new Set<number>();
  #processes = 0;
  #started = 0;
  #isClosed = false;
  #isForced = false;

  constructor(options: ExecutorPoolOptions) {
    this.#options = options;
  }

  /** Executors that are processes of their own, those on their way included. */
  get count(): number {
    return this.#processes;
  }

  /** A seat that is free now; undefined when another executor would have to be started. `share`: see {@link shareOf}. */
  seat(revision: PoolRevision, share: number): Seat | undefined {
    const entries = this.#entries.get(revision.loaded.revision);
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      const hasRoom = entry.taken === 0 || (entry.taken < share && entry.taken < entry.share);
      if (hasRoom && entry.executor.seatsFree > entry.reserved) return this.#take(entry, share);
    }
    return undefined;
  }

  /** Whether a seat in an executor of the revision is kept or run in. */
  isBusy(revision: string): boolean {
    return this.#entries.get(revision)?.some((entry) => entry.taken > 0) ?? false;
  }

  /** Starts one more executor. @throws CapstanError `executor-start-failed`, `revision-load-failed`. */
  async start(revision: PoolRevision): Promise<void> {
    const { loaded, kind, resources } = revision;
    const isProcess = kind.kind === "node" || loaded.manifest.persistent === true;
    if (isProcess) this.#makeRoom();
    const number = isProcess ? this.#nextNumber() : undefined;
    const env = number === undefined ? {} : { CAPSTAN_EXECUTOR: String(number) };
    let executor: Executor;
    try {
      executor = await this.#startUnlessKilled(() =>
        kind.start(loaded, { ...resources, env: { ...resources.env, ...env } }),
      );
    } catch (error) {
      this.#free(number);
      throw error;
    }
    const entry = this.#add(executor, number);
    if (this.#isClosed) this.#close(entry);
  }

  /** One that is killed by somebody else while it starts is started again, as long as that is no habit. */
  async #startUnlessKilled(start: () => Promise<Executor>): Promise<Executor> {
    for (let left = startsMax - 1; ; left -= 1) {
      try {
        return await start();
      } catch (error) {
        if (left === 0 || this.#isClosed || !wasKilled(error)) throw error;
      }
    }
  }

  /** Closes the executors of a revision, or all of them. Trials in them are stopped with the grace. */
  async close(graceMs: number, revision?: string): Promise<void> {
    if (revision === undefined) this.#isClosed = true;
    const lists = revision === undefined ? [...this.#entries.values()] : [this.#entries.get(revision) ?? []];
    for (const entry of lists.flat()) this.#close(entry, graceMs);
    await Promise.all(this.#closing);
  }

  /** Waits no longer for those that have something to do at their end; none is waited for from now on. */
  force(): void {
    this.#isForced = true;
    for (const { executor } of this.#all()) if (executor.closeMs !== undefined) executor.kill?.();
  }

  /**
   * Ends executors that have something to do in a workspace before it goes: those that ran in it last. Resolves once they
   * have ended, and those have left it that a trial elsewhere has taken it from.
   */
  vacate(workspace: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const holding = this.#all().filter((entry) => isHolding(entry, workspace));
        for (const entry of holding) if (entry.taken === 0 && !entry.isClosing) this.#close(entry);
        if (holding.length > 0) return;
        this.#vacating.delete(look);
        resolve();
      };
      this.#vacating.add(look);
      look();
    });
  }

  #all(): PoolEntry[] {
    return [...this.#entries.values()].flat();
  }

  #changed(): void {
    for (const look of this.#vacating) look();
  }

  /** The lowest that no other process has: a name for what each of them needs for itself, such as a database. */
  #nextNumber(): number {
    this.#processes += 1;
    let number = 0;
    while (this.#numbers.has(number)) number += 1;
    this.#numbers.add(number);
    return number;
  }

  #free(number: number | undefined): void {
    if (number === undefined) return;
    this.#processes -= 1;
    this.#numbers.delete(number);
  }

  #add(executor: Executor, number: number | undefined): PoolEntry {
    this.#started += 1;
    const entry: PoolEntry = {
      executor,
      name: `${executor.kind}-${executor.pid ?? this.#started}`,
      isProcess: number !== undefined,
      workspace: undefined,
      leaving: new Set(),
      reserved: 0,
      taken: 0,
      share: Infinity,
      idleSinceMs: this.#options.clock.monotonicMs(),
      isClosing: false,
    };
    const entries = this.#entries.get(executor.revision);
    if (entries === undefined) this.#entries.set(executor.revision, [entry]);
    else entries.push(entry);
    const { revision, loadMs, pid } = executor;
    this.#options.events.emit("executorStarted", { revision, loadMs, ...(pid === undefined ? {} : { pid }) });
    void executor.exited.then(({ cause, message, output }) => {
      this.#remove(entry);
      this.#free(number);
      const said = { ...(message === undefined ? {} : { message }), ...(output === undefined ? {} : { output }) };
      this.#options.events.emit("executorExited", { revision, cause, ...said });
      this.#changed();
    });
    return entry;
  }

  #remove(entry: PoolEntry): void {
    const { revision } = entry.executor;
    const left = (this.#entries.get(revision) ?? []).filter((other) => other !== entry);
    if (left.length === 0) this.#entries.delete(revision);
    else this.#entries.set(revision, left);
  }

  #take(entry: PoolEntry, share: number): Seat {
    entry.reserved += 1;
    entry.taken += 1;
    entry.share = Math.min(entry.share, share);
    return new PoolSeat(entry, { clock: this.#options.clock, changed: () => this.#changed() });
  }

  /** Closes the longest idle executor when there are as many as there may be, beside those on their way out. */
  #makeRoom(): void {
    let left = 0;
    let idlest: PoolEntry | undefined;
    for (const entry of this.#all().filter(({ isProcess }) => isProcess)) {
      const isIdle = entry.taken === 0 && entry.executor.state.name === "idle";
      // What is spent ends by itself once it is idle.
      if (entry.isClosing || (isIdle && entry.executor.isSpent)) left += 1;
      else if (isIdle && (idlest === undefined || entry.idleSinceMs < idlest.idleSinceMs)) idlest = entry;
    }
    if (this.#processes - left >= this.#options.executorsMax && idlest !== undefined) this.#close(idlest);
  }

  #close(entry: PoolEntry, graceMs = closeGraceMs): void {
    const { executor } = entry;
    entry.isClosing = true;
    const closing = executor.close(graceMs).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    if (this.#isForced && executor.closeMs !== undefined) executor.kill?.();
  }
}

/** How many trials at once the executor may run in which the offered one runs; 1 when it shall die with none but itself. */
export function shareOf(
  { kind, shares, loaded }: PoolRevision,
  { definition, isAlone }: Pick<OfferMessage, "definition" | "isAlone">,
): number {
  const hasNoLimit = kind.kind === "inline" || (kind.kind === "command" && loaded.manifest.persistent !== true);
  if (hasNoLimit) return Infinity;
  return isAlone === true ? 1 : (shares.get(definition) ?? 1);
}

/** How many trials may share an executor, by definition, as a manifest's policies say. */
export function sharesOf(manifest: Manifest): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { name, policy } of manifest.definitions) {
    if (policy?.trialsPerExecutor !== undefined) shares.set(`${manifest.plugin}/${name}`, policy.trialsPerExecutor);
  }
  return shares;
}
