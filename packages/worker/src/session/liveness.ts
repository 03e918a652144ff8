import { CapstanError, type Clock, type Timer } from "@capstan/protocol";
import { Heartbeat } from "./heartbeat.js";
import { LeaseGuard } from "../lease/lease-guard.js";
import type { Lease } from "../lease/lease.js";
import { elapsedMs, momentOf, type Moment } from "../lease/moment.js";

export interface LivenessOptions {
  readonly clock: Clock;
  /** Sends a heartbeat; `hasChanged` says whether the set of trials has since the last one. */
  readonly beat: (sequence: number, hasChanged: boolean) => void;
  /** The engine has not answered for too long. */
  readonly dead: (error: CapstanError) => void;
  /** These trials must end now. */
  readonly overdue: (trials: readonly string[]) => void;
  /** All leases count anew from that moment; told while there are trials that are not safe to rerun. */
  readonly renewed: (sentAt: Moment) => void;
  /** A number that changes with the set of trials. */
  readonly version: () => number;
}

/** An answer may be so much later than two heartbeats, as a share of one. */
const marginShare = 0.25;

/**
 * Knows whether the engine is there, and what must end because it is not. Owns the heartbeat timer, which is the only
 * one of an idle worker, and the guard of leases, which has one only while a trial that is not safe to rerun runs.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #heartbeat = new Heartbeat();
  readonly #leases: LeaseGuard;
  #heartbeatMs = 0;
  #helloAt: Moment;
  #beatTimer: Timer | undefined;
  #judgeTimer: Timer | undefined;
  #dueMs = 0;
  #sentVersion = -1;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#helloAt = momentOf(options.clock);
    this.#leases = new LeaseGuard({ clock: options.clock, overdue: options.overdue });
  }

  /** hello is sent now. */
  hello(): void {
    this.#helloAt = momentOf(this.#options.clock);
  }

  /** The engine answered hello: heartbeats begin, and leases count from hello. */
  welcome(heartbeatMs: number): void {
    this.#heartbeatMs = Math.max(10, heartbeatMs);
    this.#renew(this.#helloAt);
    this.#sentVersion = -1;
    this.#armBeat();
  }

  answered(sequence: number): void {
    const sentAt = this.#heartbeat.answer(sequence);
    if (sentAt !== undefined) this.#renew(sentAt);
  }

  /** The connection is gone; leases go on counting. */
  lost(): void {
    this.#beatTimer?.cancel();
    this.#judgeTimer?.cancel();
    this.#judgeTimer = undefined;
    this.#heartbeat.reset();
  }

  /** Everything has ended. */
  close(): void {
    this.lost();
    this.#leases.close();
  }

  /** Ends the trial in time, should the engine not be heard of. */
  watch(trial: string, lease: Lease): void {
    this.#leases.watch(trial, lease);
  }

  /** Whether a trial of that lease may not begin any more. */
  isOverdue(lease: Lease): boolean {
    return this.#leases.isOverdue(lease);
  }

  forget(trial: string): void {
    this.#leases.forget(trial);
  }

  /** Looks whether a lease has run out; cheap, and nothing at all while every trial is safe to rerun. */
  check(): void {
    this.#leases.check();
  }

  #renew(sentAt: Moment): void {
    this.#leases.renew(sentAt);
    if (this.#leases.isWatching) this.#options.renewed(sentAt);
  }

  #armBeat(): void {
    const { clock } = this.#options;
    this.#dueMs = clock.monotonicMs() + this.#heartbeatMs;
    this.#beatTimer = clock.setTimer(this.#heartbeatMs, () => this.#tick());
  }

  #tick(): void {
    this.check();
    const now = momentOf(this.#options.clock);
    const oldest = this.#heartbeat.oldestUnanswered;
    const isSilent = oldest !== undefined && elapsedMs(oldest, now) >= 2 * this.#heartbeatMs - 1;
    const isStalled = now.monotonicMs - this.#dueMs > this.#heartbeatMs * marginShare;
    if (isSilent || (isStalled && oldest !== undefined)) this.#armJudge();
    const version = this.#options.version();
    const sequence = this.#heartbeat.send(now);
    this.#armBeat();
    this.#options.beat(sequence, version !== this.#sentVersion);
    this.#sentVersion = version;
  }

  /** Gives the engine, and frames that wait to be read after a stall of this process, a last moment. */
  #armJudge(): void {
    if (this.#judgeTimer !== undefined) return;
    const { clock } = this.#options;
    this.#judgeTimer = clock.setTimer(this.#heartbeatMs * marginShare, () => {
      this.#judgeTimer = undefined;
      const oldest = this.#heartbeat.oldestUnanswered;
      if (oldest === undefined || elapsedMs(oldest, momentOf(clock)) < 2 * this.#heartbeatMs) return;
      const silentMs = Math.round(elapsedMs(oldest, momentOf(clock)));
      this.#options.dead(new CapstanError("timed-out", `the engine has not answered a heartbeat for ${silentMs} ms`));
    });
  }
}
