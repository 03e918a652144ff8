import { toCapstanError, type Clock, type DeclineReason, type OfferMessage } from "@capstan/protocol";
import type { Runtime, Timer, WorkerMessage } from "@capstan/protocol";
import type { WorkerEmitter } from "../event/worker-event.js";
import { shareOf, type ExecutorPool, type PoolRevision } from "../slot/executor-pool.js";
import { Declined, type Seat, type SeatSource } from "../slot/seat.js";
import type { SetupRunner } from "../slot/setup.js";

export interface RevisionBookOptions {
  readonly pool: ExecutorPool;
  readonly setups: SetupRunner;
  readonly runtimes: ReadonlySet<Runtime>;
  readonly clock: Clock;
  readonly events: WorkerEmitter;
  readonly send: (message: WorkerMessage) => void;
  /** Fetches what is not here, and says how executors of it are started. */
  readonly fetch: (revision: string) => Promise<PoolRevision>;
  /** The revision is not needed any more. */
  readonly drop: (revision: string) => Promise<void>;
  /** How long a revision that no task needs is kept, in ms. */
  readonly lingerMs: number;
  /** An offer is kept waiting for an executor that is expected within this time, in ms. */
  readonly holdMs: number;
  /** How long a revision that could not be loaded is declined at once, in ms. */
  readonly failedMs: number;
}

type Entry =
  | { readonly state: "preparing"; readonly done: Promise<void> }
  | { readonly state: "failed"; readonly reason: DeclineReason; readonly message: string; readonly atMs: number }
  | Ready;

interface Ready {
  readonly state: "ready";
  readonly revision: PoolRevision;
  readonly isPinned: boolean;
  /** How long the last executor took to start. */
  loadMs: number;
  /** Executors on their way, with the seats in them that no offer waits for yet. */
  readonly starts: Set<{ readonly done: Promise<Error | undefined>; seatsLeft: number }>;
}

/**
 * The revisions that a worker holds: being prepared, ready, or failed. Owns the promise that an executor is ready when an
 * offer is accepted; a worker that must first fetch or load declines the offer and says when it is prepared.
 */
export class RevisionBook implements SeatSource {
  readonly #options: RevisionBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #lingering = new Map<string, Timer>();

  constructor(options: RevisionBookOptions) {
    this.#options = options;
  }

  /** Revisions that are loaded, or can be at once. */
  list(): string[] {
    const held: string[] = [];
    for (const [revision, entry] of this.#entries) if (entry.state === "ready") held.push(revision);
    return held;
  }

  /** Holds a revision for good: one whose code is in this process, or that needs none. */
  pin(revision: PoolRevision): void {
    this.#entries.set(revision.loaded.revision, {
      state: "ready",
      revision,
      isPinned: true,
      loadMs: 0,
      starts: new Set(),
    });
  }

  claim(offer: OfferMessage): Seat | Declined | Promise<Seat | Declined> {
    const { runtimes, setups } = this.#options;
    if (!runtimes.has(offer.runtime)) return new Declined("unsupported", `this worker has no runtime ${offer.runtime}`);
    const failure = setups.failureOf(offer.taskset);
    if (failure !== undefined) return new Declined("setup-failed", failure);
    const entry = this.#entries.get(offer.revision);
    if (entry?.state === "ready") return this.#claimReady(entry, offer);
    if (offer.runtime === "inline") {
      return new Declined("unsupported", `the inline revision ${offer.revision} is not part of this process`);
    }
    if (entry?.state === "failed" && this.#options.clock.monotonicMs() - entry.atMs < this.#options.failedMs) {
      return new Declined(entry.reason, entry.message);
    }
    void this.prepare(offer.revision);
    return new Declined("no-executor", "the revision is being fetched and loaded");
  }

  /** Fetches and loads a revision, unless it is there. Never rejects. */
  prepare(revision: string): Promise<void> {
    const entry = this.#entries.get(revision);
    if (entry?.state === "ready") return Promise.resolve();
    if (entry?.state === "preparing") return entry.done;
    this.#options.events.emit("preparing", { revision });
    this.#options.send({ type: "preparing", revision });
    const done = this.#prepare(revision);
    this.#entries.set(revision, { state: "preparing", done });
    return done;
  }

  /** Tells a new connection what is being prepared. */
  resend(): void {
    for (const [revision, entry] of this.#entries) {
      if (entry.state === "preparing") this.#options.send({ type: "preparing", revision });
    }
  }

  /** No unfinished task needs it: it goes after a while, unless it is offered again. `dropped` is called when it went. */
  release(revision: string, dropped: () => void): void {
    const entry = this.#entries.get(revision);
    if (entry?.state !== "ready" || entry.isPinned || this.#lingering.has(revision)) return;
    const timer = this.#options.clock.setTimer(this.#options.lingerMs, () => {
      this.#lingering.delete(revision);
      if (this.#options.pool.isBusy(revision)) this.release(revision, dropped);
      else void this.#drop(revision).then(dropped);
    });
    this.#lingering.set(revision, timer);
  }

  /** It was offered: whatever was said before, it stays. */
  retain(revision: string): void {
    if (this.#lingering.size === 0) return;
    this.#lingering.get(revision)?.cancel();
    this.#lingering.delete(revision);
  }

  close(): void {
    for (const timer of this.#lingering.values()) timer.cancel();
    this.#lingering.clear();
  }

  #claimReady(entry: Ready, offer: OfferMessage): Seat | Declined | Promise<Seat | Declined> {
    const { pool, holdMs } = this.#options;
    const share = shareOf(entry.revision, offer);
    const seat = pool.seat(entry.revision, share);
    if (seat !== undefined) return seat;
    const started = this.#expect(entry, share);
    if (entry.loadMs > holdMs) {
      const { send } = this.#options;
      const until = started.then((error) => {
        // It is known to be loaded; said again, so that offers of it come at once.
        if (error === undefined) send({ type: "prepared", revision: offer.revision });
      });
      return new Declined("no-executor", "another executor is being started", until);
    }
    return started.then((error) => {
      if (error !== undefined) return new Declined("load-failed", error.message);
      return pool.seat(entry.revision, share) ?? new Declined("no-executor", "the executor has ended");
    });
  }

  /** An executor that is on its way and has a seat to spare, or one more. */
  #expect(entry: Ready, share: number): Promise<Error | undefined> {
    for (const start of entry.starts) {
      if (start.seatsLeft <= 0 || share === 1) continue;
      start.seatsLeft -= 1;
      return start.done;
    }
    const start = { done: this.#start(entry), seatsLeft: share - 1 };
    entry.starts.add(start);
    void start.done.then(() => entry.starts.delete(start));
    return start.done;
  }

  async #start(entry: Ready): Promise<Error | undefined> {
    const { clock, pool } = this.#options;
    const startedAtMs = clock.monotonicMs();
    try {
      await pool.start(entry.revision);
      entry.loadMs = clock.monotonicMs() - startedAtMs;
      return undefined;
    } catch (error) {
      this.#fail(entry.revision.loaded.revision, "load-failed", error);
      return toCapstanError(error);
    }
  }

  async #prepare(revision: string): Promise<void> {
    const { clock, events, fetch, pool, send } = this.#options;
    const startedAtMs = clock.monotonicMs();
    let fetched: PoolRevision;
    try {
      fetched = await fetch(revision);
    } catch (error) {
      return this.#fail(revision, "fetch-failed", error);
    }
    try {
      await pool.start(fetched);
    } catch (error) {
      await this.#options.drop(revision).catch(() => {});
      return this.#fail(revision, "load-failed", error);
    }
    const loadMs = clock.monotonicMs() - startedAtMs;
    this.#entries.set(revision, { state: "ready", revision: fetched, isPinned: false, loadMs, starts: new Set() });
    send({ type: "prepared", revision });
    events.emit("prepared", { revision, loadMs });
  }

  #fail(revision: string, reason: DeclineReason, error: unknown): void {
    const { message } = toCapstanError(error);
    const { clock, events, send } = this.#options;
    const entry = this.#entries.get(revision);
    // An executor of a held revision that fails to start does not make the others of it useless.
    if (entry?.state === "ready" && entry.isPinned) return;
    this.#entries.set(revision, { state: "failed", reason, message, atMs: clock.monotonicMs() });
    // It is not being prepared any more: the next offer of it is told why.
    send({ type: "dropped", revision });
    events.emit("prepareFailed", { revision, error: toCapstanError(error) });
  }

  async #drop(revision: string): Promise<void> {
    const { drop, events, pool, send } = this.#options;
    this.#entries.delete(revision);
    send({ type: "dropped", revision });
    await pool.close(2_000, revision);
    await drop(revision).catch(() => {});
    events.emit("dropped", { revision });
  }
}
