import type { Clock, Timer } from "@capstan/protocol/plain";
import type { Lease } from "./lease.js";
import { LeaseWatch } from "./lease-watch.js";
import { momentOf, type Moment } from "./moment.js";

export interface LeaseGuardOptions {
  readonly clock: Clock;
  /** These trials must end now; they are not watched any more. */
  readonly overdue: (trials: readonly string[]) => void;
}

/** Says in time which trials must end because nobody renewed their leases. Its timer runs only while there are any. */
export class LeaseGuard {
  readonly #options: LeaseGuardOptions;
  readonly #leases = new LeaseWatch();
  #timer: Timer | undefined;
  #dueMs = Infinity;

  constructor(options: LeaseGuardOptions) {
    this.#options = options;
  }

  get isWatching(): boolean {
    return this.#leases.size > 0;
  }

  /** All leases count anew from this moment: when the heartbeat, or hello, was sent that the engine has answered. */
  renew(sentAt: Moment): void {
    this.#leases.renew(sentAt);
  }

  watch(trial: string, lease: Lease): void {
    this.#leases.watch(trial, lease);
    this.#arm();
  }

  /** Whether a trial of that lease may not begin any more. */
  isOverdue(lease: Lease): boolean {
    return this.#leases.leftMs(lease, momentOf(this.#options.clock)) <= 0;
  }

  forget(trial: string): void {
    if (this.#leases.size === 0) return;
    this.#leases.forget(trial);
    if (this.#leases.size === 0) this.close();
  }

  /** Looks whether a lease has run out; cheap, and nothing at all while none is watched. */
  check(): void {
    if (this.#leases.size === 0) return;
    const overdue = this.#leases.takeOverdue(momentOf(this.#options.clock));
    if (overdue.length > 0) this.#options.overdue(overdue);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A timer that comes too early looks again; one that would come too late is set anew. */
  #arm(): void {
    const { clock } = this.#options;
    const now = momentOf(clock);
    const leftMs = this.#leases.nextDueMs(now);
    if (leftMs === undefined) return;
    const dueMs = now.monotonicMs + Math.max(1, leftMs);
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = clock.setTimer(dueMs - now.monotonicMs, () => {
      this.#timer = undefined;
      this.check();
      this.#arm();
    });
  }
}
