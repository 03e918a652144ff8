import type { Clock, Connection } from "@capstan/protocol";
import type { Lifetime } from "./lifetime.js";

export type Direction = "to engine" | "to worker";

/** What befalls single frames, which a sound connection never does to them. */
export const mischiefs = ["drop", "duplicate", "swap", "garble"] as const;
export type Mischief = (typeof mischiefs)[number];

/** What a wire needs of the network around it. */
export interface Carrier {
  readonly clock: Clock;
  latencyMs(): number;
  garble(frame: string): string;
  said(machine: string, frame: string, by: Lifetime): void;
  arrived(direction: Direction, machine: string, frame: string): void;
}

export class WireEnd implements Connection {
  readonly bufferedBytes = 0;
  onFrame: (frame: string) => void = () => {};
  onClose: (reason: string) => void = () => {};
  isOpen = true;
  readonly life: Lifetime;
  readonly #wire: Wire;

  constructor(wire: Wire, life: Lifetime) {
    this.#wire = wire;
    this.life = life;
  }

  send(frame: string): void {
    if (this.isOpen) this.#wire.carry(this, frame);
  }

  close(_code?: number, reason = "closed"): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#wire.hangUp(this, reason);
  }
}

/** A swapped frame follows the next one, or goes on alone after so many ms. */
const swapMs = 700;

/** One connection: frames arrive in order, late, or never; under mischief also twice, swapped and garbled. */
export class Wire {
  readonly machine: string;
  readonly near: WireEnd;
  readonly far: WireEnd;
  /** What becomes of what is sent: carried, or lost without a sign in one direction or both. */
  lost: Direction | "both" | "none" = "none";
  /** Nothing arrives before this instant. */
  heldUntilMs = 0;
  /** What befalls the next frames, in either direction. */
  mischief: Mischief[] = [];
  /** It has mistreated frames: nobody can rely on it any more. */
  isTainted = false;
  readonly #network: Carrier;
  readonly #lastMs = { near: 0, far: 0 };
  readonly #held: { near: (() => void) | undefined; far: (() => void) | undefined } = {
    near: undefined,
    far: undefined,
  };

  constructor(network: Carrier, { machine, near, far }: { machine: string; near: Lifetime; far: Lifetime }) {
    this.#network = network;
    this.machine = machine;
    this.near = new WireEnd(this, near);
    this.far = new WireEnd(this, far);
  }

  get isOpen(): boolean {
    return this.near.isOpen || this.far.isOpen;
  }

  carry(from: WireEnd, frame: string): void {
    // What a process had in its hands when it died does not leave any more.
    if (from.life.isOver) return;
    const to = from === this.near ? this.far : this.near;
    if (to === this.near) this.#network.said(this.machine, frame, from.life);
    const mischief = this.mischief.shift();
    if (mischief !== undefined) this.isTainted = true;
    switch (mischief) {
      case "drop":
        return;
      case "duplicate":
        this.#deliver(to, frame);
        return this.#deliver(to, frame);
      case "swap":
        return this.#hold(to, frame);
      case "garble":
        return this.#deliver(to, this.#network.garble(frame));
      default:
        this.#deliver(to, frame);
        return this.#letGo(to);
    }
  }

  hangUp(from: WireEnd, reason: string): void {
    const to = from === this.near ? this.far : this.near;
    this.#arrive(to, () => {
      if (this.lost === "none") this.#close(to, reason);
    });
  }

  /** The connection breaks; both ends learn of it. */
  cut(): void {
    for (const end of [this.near, this.far]) this.#arrive(end, () => this.#close(end, "cut"));
  }

  #deliver(to: WireEnd, frame: string): void {
    const direction = to === this.far ? "to engine" : "to worker";
    this.#arrive(to, () => {
      if (!to.isOpen || this.#isLost(direction)) return;
      this.#network.arrived(direction, this.machine, frame);
      to.onFrame(frame);
    });
  }

  #hold(to: WireEnd, frame: string): void {
    const side = this.#sideOf(to);
    this.#letGo(to);
    this.#held[side] = () => this.#deliver(to, frame);
    this.#network.clock.setTimer(swapMs, () => this.#letGo(to));
  }

  #letGo(to: WireEnd): void {
    const side = this.#sideOf(to);
    const held = this.#held[side];
    this.#held[side] = undefined;
    held?.();
  }

  #sideOf(end: WireEnd): "near" | "far" {
    return end === this.near ? "near" : "far";
  }

  #isLost(direction: Direction): boolean {
    return this.lost === "both" || this.lost === direction;
  }

  #close(end: WireEnd, reason: string): void {
    if (!end.isOpen) return;
    end.isOpen = false;
    end.onClose(reason);
  }

  /** After everything that is under way to the same end. */
  #arrive(to: WireEnd, what: () => void): void {
    const side = this.#sideOf(to);
    const { clock } = this.#network;
    const nowMs = clock.monotonicMs();
    const atMs = Math.max(nowMs + this.#network.latencyMs(), this.heldUntilMs, this.#lastMs[side]);
    this.#lastMs[side] = atMs;
    clock.setTimer(atMs - nowMs, () => to.life.run(what));
  }
}
