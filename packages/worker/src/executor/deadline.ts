/**
 * The time limits of one trial: asked to stop at the soft one, killed at the hard one.
 *
 * One timer is armed at a time. Whatever asks first gives the trial its cause of ending; later requests can only bring
 * the kill forward.
 */
import type { Clock, Timer } from "@capstan/protocol";
import type { StopReason, TrialEndStatus, TrialLimits } from "./executor.js";

export interface DeadlineActions {
  /** Asks the task to stop. Called once at most. */
  soft(reason: StopReason, graceMs: number): void;
  /** Kills. Called once at most, always after `soft`. */
  hard(reason: StopReason): void;
}

export class Deadline {
  readonly #clock: Clock;
  readonly #actions: DeadlineActions;
  readonly #limits: TrialLimits;
  #timer: Timer | undefined;
  #reason: StopReason | undefined;
  /** Monotonic time of the hard limit, or of an earlier kill that was asked for. */
  #hardAtMs: number;
  #isOver = false;

  /** Starts counting. */
  constructor(limits: TrialLimits, actions: DeadlineActions, clock: Clock) {
    this.#limits = limits;
    this.#actions = actions;
    this.#clock = clock;
    this.#hardAtMs = clock.monotonicMs() + limits.hardMs;
    this.#timer = clock.setTimer(limits.softMs, () => this.stop("timeout", Infinity));
  }

  /** Why the trial was asked to stop; undefined as long as it was not. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Asks the task to stop and kills it after the grace (the one of its limits by default), at the hard limit at last. */
  stop(reason: StopReason, graceMs: number = this.#limits.stopGraceMs): void {
    if (this.#isOver) return;
    const nowMs = this.#clock.monotonicMs();
    const isFirst = this.#reason === undefined;
    if (!isFirst && nowMs + graceMs >= this.#hardAtMs) return;
    this.#hardAtMs = Math.min(this.#hardAtMs, nowMs + graceMs);
    const leftMs = Math.max(0, this.#hardAtMs - nowMs);
    this.#timer?.cancel();
    this.#timer = leftMs > 0 ? this.#clock.setTimer(leftMs, () => this.#kill()) : undefined;
    if (isFirst) {
      this.#reason = reason;
      this.#actions.soft(reason, leftMs);
    }
    if (leftMs === 0) this.#kill();
  }

  /** Counts anew, with other limits, unless the trial was asked to stop. */
  restart({ softMs, hardMs }: Pick<TrialLimits, "softMs" | "hardMs">): void {
    if (this.#isOver || this.#reason !== undefined) return;
    this.#timer?.cancel();
    this.#hardAtMs = this.#clock.monotonicMs() + hardMs;
    this.#timer = this.#clock.setTimer(softMs, () => this.stop("timeout", Infinity));
  }

  #kill(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#actions.hard(this.#reason ?? "timeout");
  }

  /** Ends the counting; nothing is called any more. */
  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }
}

/** The status of a trial that ended after it was asked to stop, whatever its code answered. */
export function stoppedStatus(reason: StopReason): TrialEndStatus {
  return reason === "timeout" ? "timeout" : "cancelled";
}

/** What the record of a stopped trial says. */
export function stoppedMessage(reason: StopReason, limits: TrialLimits, isKilled: boolean): string {
  const how = isKilled ? "and was killed, as it did not end by itself" : "and ended";
  if (reason === "timeout") return `the trial reached its time limit of ${limits.softMs} ms ${how}`;
  return `the trial was asked to stop (${reason}) ${how}`;
}
