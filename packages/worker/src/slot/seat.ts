import type { DeclineReason, OfferMessage } from "@capstan/protocol";
import type { RunningTrial, TrialEvents, TrialOrder } from "../executor/executor.js";

/** A place in a loaded executor, kept for one trial from the accept of its offer to its end. */
export interface Seat {
  /** What the engine is told of the executor. */
  readonly executor: string;
  /** Whether the executor is still up. */
  readonly isAlive: boolean;
  run(order: TrialOrder, events: TrialEvents): RunningTrial;
  /** Gives the place back; once is enough. */
  release(): void;
}

/** Why an offer is not taken. */
export class Declined {
  readonly reason: DeclineReason;
  readonly message: string | undefined;
  /** Keeps the offer's slot back until it settles: until then no executor for more work of the kind is there. */
  readonly until: Promise<void> | undefined;

  constructor(reason: DeclineReason, message?: string, until?: Promise<void>) {
    this.reason = reason;
    this.message = message;
    this.until = until;
  }
}

/** Where seats come from. */
export interface SeatSource {
  /** A seat at once, one soon (well within the time an offer waits), or why there is none. Never rejects. */
  claim(offer: OfferMessage): Seat | Declined | Promise<Seat | Declined>;
}
