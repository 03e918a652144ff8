import type { Moment } from "../lease/moment.js";

/** The heartbeats of one connection that wait for their answers. */
export class Heartbeat {
  #sequence = 0;
  #unanswered: { readonly sequence: number; readonly sentAt: Moment }[] = [];

  /** Notes that one is sent now, and gives its sequence number. */
  send(now: Moment): number {
    this.#sequence += 1;
    this.#unanswered.push({ sequence: this.#sequence, sentAt: now });
    return this.#sequence;
  }

  /** When the answered heartbeat was sent; undefined when the answer is to none that waits. */
  answer(sequence: number): Moment | undefined {
    const at = this.#unanswered.findIndex((sent) => sent.sequence === sequence);
    if (at < 0) return undefined;
    const { sentAt } = this.#unanswered[at]!;
    this.#unanswered.splice(0, at + 1);
    return sentAt;
  }

  /** When the oldest heartbeat was sent that is still unanswered. */
  get oldestUnanswered(): Moment | undefined {
    return this.#unanswered[0]?.sentAt;
  }

  /** Forgets what waits: its connection is gone. */
  reset(): void {
    this.#unanswered = [];
  }
}
