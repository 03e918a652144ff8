import type { Clock } from "@capstan/protocol";
import type { Executor, RunningTrial, TrialEvents, TrialOrder } from "../executor/executor.js";
import type { Seat } from "./seat.js";

/** An executor of the pool. */
export interface PoolEntry {
  readonly executor: Executor;
  readonly name: string;
  readonly isProcess: boolean;
  /** The workspace of the trial that it ran last. */
  workspace: string | undefined;
  /** Workspaces of trials before, in which it may still have something to do. */
  readonly leaving: Set<{ readonly workspace: string }>;
  /** Seats kept for accepted offers. */
  reserved: number;
  /** Seats kept or run in. */
  taken: number;
  /** The fewest trials that a definition with a seat here shares an executor with. */
  share: number;
  idleSinceMs: number;
  /** Whether the pool has asked it to end. */
  isClosing: boolean;
}

/** Whether the executor has something to do in the workspace before it goes, or may have. */
export function isHolding({ executor, workspace, leaving }: PoolEntry, asked: string): boolean {
  if (executor.closeMs === undefined) return false;
  return workspace === asked || [...leaving].some((left) => left.workspace === asked);
}

export interface PoolSeatOptions {
  readonly clock: Clock;
  /** Told when the executor may have nothing to do in a workspace any more, or has no seat that is taken. */
  readonly changed: () => void;
}

/** A seat in one executor of the pool. */
export class PoolSeat implements Seat {
  readonly #entry: PoolEntry;
  readonly #options: PoolSeatOptions;
  #isReserved = true;
  #isTaken = true;

  constructor(entry: PoolEntry, options: PoolSeatOptions) {
    this.#entry = entry;
    this.#options = options;
  }

  get executor(): string {
    return this.#entry.name;
  }

  get isAlive(): boolean {
    return this.#entry.executor.state.name !== "exited";
  }

  run(order: TrialOrder, events: TrialEvents): RunningTrial {
    this.#unreserve();
    const { executor, workspace: before } = this.#entry;
    const isMoving = executor.closeMs !== undefined && before !== undefined && before !== order.workspace;
    const trial = isMoving ? this.#move(before, order, events) : executor.run(order, events);
    this.#entry.workspace = order.workspace;
    return trial;
  }

  /** Runs it in an executor that first ends what it has in another workspace, while it gets ready for this one. */
  #move(before: string, order: TrialOrder, events: TrialEvents): RunningTrial {
    const entry = this.#entry;
    const leaving = { workspace: before };
    const left = (): void => {
      if (entry.leaving.delete(leaving)) this.#options.changed();
    };
    const trial = entry.executor.run(order, {
      log: (stream, bytes) => events.log(stream, bytes),
      progress: (fraction, note) => events.progress(fraction, note),
      prepared: left,
    });
    entry.leaving.add(leaving);
    void trial.ended.then(({ began }) => {
      // The executor has not heard of it, and is where it was.
      if (!began && entry.workspace === order.workspace) entry.workspace = before;
      left();
    });
    return trial;
  }

  release(): void {
    this.#unreserve();
    if (!this.#isTaken) return;
    this.#isTaken = false;
    this.#entry.taken -= 1;
    if (this.#entry.taken > 0) return;
    this.#entry.share = Infinity;
    this.#entry.idleSinceMs = this.#options.clock.monotonicMs();
    this.#options.changed();
  }

  #unreserve(): void {
    if (!this.#isReserved) return;
    this.#isReserved = false;
    this.#entry.reserved -= 1;
  }
}
