import type { GrantMessage, OfferMessage, WorkerMessage } from "@capstan/protocol";
import type { Moment } from "../lease/moment.js";
import { Declined, type Seat, type SeatSource } from "./seat.js";

/** An accepted offer that waits for its grant. */
export interface AcceptedOffer {
  readonly offer: OfferMessage;
  readonly slot: number;
  readonly seat: Seat;
  /** The lease of the trial begins no earlier than this. */
  readonly acceptedAt: Moment;
}

export interface OfferBookOptions {
  readonly slots: number;
  readonly seats: SeatSource;
  /** What acquire asks for. */
  readonly revisions: () => "any" | string[];
  readonly send: (message: WorkerMessage) => void;
  /** Lets `settle` run at the end of the turn. */
  readonly settleSoon: () => void;
  readonly now: () => Moment;
}

/** Offers that wait for a slot; one more is declined. An engine covers 100 ms of a slot's work with them. */
const queuedOffersMax = 10_000;

/**
 * The slots of a worker and the offers for them. A slot is free, or taken by an offer that is being answered, by an
 * accepted one, or by a trial. Owns: slots, credits, the queue of prefetched offers. Trusts nothing that the engine says
 * of its own count: an offer that finds no slot waits for one, whether it is called prefetched or not.
 */
export class OfferBook {
  readonly #options: OfferBookOptions;
  readonly #free: number[] = [];
  #credits = 0;
  #queue = new Map<number, OfferMessage>();
  /** Offers whose seat is on its way, with the slot that is kept for them. */
  #answering = new Map<number, OfferMessage>();
  #accepted = new Map<number, AcceptedOffer>();
  #isReady = false;
  #isDraining = false;
  /** Raised by every loss of the connection: what was begun before it answers no offer after it. */
  #generation = 0;

  constructor(options: OfferBookOptions) {
    this.#options = options;
    for (let slot = options.slots - 1; slot >= 0; slot -= 1) this.#free.push(slot);
  }

  get credits(): number {
    return this.#credits;
  }

  get slotsBusy(): number {
    return this.#options.slots - this.#free.length;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** The session stands: credits are asked for from now on. */
  ready(): void {
    this.#isReady = true;
    this.#options.settleSoon();
  }

  /** The connection is gone, and with it all offers and credits. */
  forget(): void {
    this.#isReady = false;
    this.#generation += 1;
    this.#credits = 0;
    this.#queue.clear();
    this.#answering.clear();
    const accepted = [...this.#accepted.values()];
    this.#accepted.clear();
    for (const { seat, slot } of accepted) this.#giveBack(seat, slot);
  }

  /** Takes no more offers, or takes them again. */
  drain(isDraining: boolean): void {
    this.#isDraining = isDraining;
    if (isDraining) {
      for (const offer of this.#queue.values()) this.#decline(offer, new Declined("draining"));
      this.#queue.clear();
    }
    this.#options.settleSoon();
  }

  offer(offer: OfferMessage): void {
    // Said again, it is the same offer: a second slot for it would never be given back.
    if (this.#isKnown(offer.offer)) return;
    if (offer.isPrefetch !== true && this.#credits > 0) this.#credits -= 1;
    if (this.#isDraining) return this.#decline(offer, new Declined("draining"));
    if (this.#queue.size >= queuedOffersMax) return this.#decline(offer, new Declined("no-slot"));
    if (this.#free.length > 0) return this.#answer(offer);
    this.#queue.set(offer.offer, offer);
  }

  #isKnown(offer: number): boolean {
    return this.#queue.has(offer) || this.#answering.has(offer) || this.#accepted.has(offer);
  }

  /** Takes an offer back, also one that was accepted and then waited for its grant until its time was over. */
  revoke(offer: number): void {
    this.#queue.delete(offer);
    this.#answering.delete(offer);
    this.halt(offer);
  }

  /** The accepted offer that the grant is for; undefined when there is none. */
  take(grant: GrantMessage): AcceptedOffer | undefined {
    const accepted = this.#accepted.get(grant.offer);
    if (accepted === undefined || accepted.offer.task !== grant.task) return undefined;
    this.#accepted.delete(grant.offer);
    return accepted;
  }

  halt(offer: number): void {
    const accepted = this.#accepted.get(offer);
    if (accepted === undefined) return;
    this.#accepted.delete(offer);
    this.#giveBack(accepted.seat, accepted.slot);
  }

  /** The trial in the slot has ended. */
  freeSlot(slot: number): void {
    this.#free.push(slot);
    this.#options.settleSoon();
  }

  /** Gives free slots to offers that wait for one, and asks for work for the rest. Called once a turn. */
  settle(): void {
    if (!this.#isReady) return;
    for (const [number, offer] of this.#queue) {
      if (this.#free.length === 0) break;
      this.#queue.delete(number);
      this.#answer(offer);
    }
    const wanted = this.#free.length - this.#credits;
    if (this.#isDraining || wanted <= 0) return;
    this.#credits += wanted;
    this.#options.send({ type: "acquire", revisions: this.#options.revisions(), credits: wanted });
  }

  #answer(offer: OfferMessage): void {
    const claimed = this.#options.seats.claim(offer);
    if (claimed instanceof Declined && claimed.until === undefined) return this.#decline(offer, claimed);
    const slot = this.#free.pop()!;
    if (claimed instanceof Declined) return this.#declineFor(offer, slot, claimed);
    if (!(claimed instanceof Promise)) return this.#accept(offer, slot, claimed);
    this.#answering.set(offer.offer, offer);
    const generation = this.#generation;
    void claimed.then((answer) => this.#answered(offer, slot, { answer, generation }));
  }

  #answered(offer: OfferMessage, slot: number, late: { answer: Seat | Declined; generation: number }): void {
    const { answer, generation } = late;
    const isWanted = generation === this.#generation && this.#answering.delete(offer.offer);
    if (answer instanceof Declined) {
      if (isWanted) this.#decline(offer, answer);
      return this.freeSlot(slot);
    }
    if (!isWanted || this.#isDraining) {
      if (isWanted) this.#decline(offer, new Declined("draining"));
      return this.#giveBack(answer, slot);
    }
    this.#accept(offer, slot, answer);
  }

  #accept(offer: OfferMessage, slot: number, seat: Seat): void {
    this.#accepted.set(offer.offer, { offer, slot, seat, acceptedAt: this.#options.now() });
    this.#options.send({ type: "accept", offer: offer.offer, executor: seat.executor });
  }

  #declineFor(offer: OfferMessage, slot: number, declined: Declined): void {
    this.#decline(offer, declined);
    void declined.until?.finally(() => this.freeSlot(slot));
  }

  #decline(offer: OfferMessage, { reason, message }: Declined): void {
    const said = message === undefined ? {} : { message: message.slice(0, 4_096) };
    this.#options.send({ type: "decline", offer: offer.offer, reason, ...said });
    this.#options.settleSoon();
  }

  #giveBack(seat: Seat, slot: number): void {
    seat.release();
    this.freeSlot(slot);
  }
}
