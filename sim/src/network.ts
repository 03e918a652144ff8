import { CapstanError, type Clock, type Connection, type Transport } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { Lifetime } from "./lifetime.js";

/** Who answers connections now; undefined while nobody does. */
export interface Host {
  readonly life: Lifetime;
  readonly accept: (connection: Connection) => void;
}

export type Direction = "to engine" | "to worker";

/** Sees every frame that arrives. */
export type Tap = (direction: Direction, machine: string, frame: string) => void;

class End implements Connection {
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

/** One connection: frames arrive in order, late, or never. */
export class Wire {
  readonly machine: string;
  readonly near: End;
  readonly far: End;
  /** What becomes of what is sent: carried, or lost without a sign in one direction or both. */
  lost: Direction | "both" | "none" = "none";
  /** Nothing arrives before this instant. */
  heldUntilMs = 0;
  readonly #network: Network;
  readonly #lastMs = { near: 0, far: 0 };

  constructor(network: Network, { machine, near, far }: { machine: string; near: Lifetime; far: Lifetime }) {
    this.#network = network;
    this.machine = machine;
    this.near = new End(this, near);
    this.far = new End(this, far);
  }

  get isOpen(): boolean {
    return this.near.isOpen || this.far.isOpen;
  }

  carry(from: End, frame: string): void {
    // What a process had in its hands when it died does not leave any more.
    if (from.life.isOver) return;
    const to = from === this.near ? this.far : this.near;
    const direction = to === this.far ? "to engine" : "to worker";
    this.#arrive(to, () => {
      if (!to.isOpen || this.#isLost(direction)) return;
      this.#network.tap(direction, this.machine, frame);
      to.onFrame(frame);
    });
  }

  hangUp(from: End, reason: string): void {
    const to = from === this.near ? this.far : this.near;
    this.#arrive(to, () => {
      if (this.lost === "none") this.#close(to, reason);
    });
  }

  /** The connection breaks; both ends learn of it. */
  cut(): void {
    for (const end of [this.near, this.far]) this.#arrive(end, () => this.#close(end, "cut"));
  }

  #isLost(direction: Direction): boolean {
    return this.lost === "both" || this.lost === direction;
  }

  #close(end: End, reason: string): void {
    if (!end.isOpen) return;
    end.isOpen = false;
    end.onClose(reason);
  }

  /** After everything that is under way to the same end. */
  #arrive(to: End, what: () => void): void {
    const side = to === this.near ? "near" : "far";
    const { clock } = this.#network;
    const nowMs = clock.monotonicMs();
    const atMs = Math.max(nowMs + this.#network.latencyMs(), this.heldUntilMs, this.#lastMs[side]);
    this.#lastMs[side] = atMs;
    clock.setTimer(atMs - nowMs, () => to.life.run(what));
  }
}

/** The network between workers and the engine. */
export class Network {
  readonly clock: Clock;
  readonly tap: Tap;
  host: Host | undefined;
  wires: Wire[] = [];
  readonly #random: SeededRandom;

  constructor(clock: Clock, random: SeededRandom, tap: Tap) {
    this.clock = clock;
    this.#random = random;
    this.tap = tap;
  }

  /** Mostly a fraction of a millisecond, now and then a hiccup. */
  latencyMs(): number {
    return this.#random.chance(0.02) ? this.#random.int(1, 80) : this.#random.int(1, 9) / 10;
  }

  /** How a machine reaches the engine. */
  transport(machine: string, life: Lifetime): Transport {
    return {
      connect: async () => {
        await this.#travel(life);
        const { host } = this;
        if (host === undefined) throw new CapstanError("unreachable", "nobody listens");
        const wire = new Wire(this, { machine, near: life, far: host.life });
        this.wires = this.wires.filter((each) => each.isOpen);
        this.wires.push(wire);
        host.life.run(() => host.accept(wire.far));
        return wire.near;
      },
    };
  }

  #travel(life: Lifetime): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(this.latencyMs(), () => life.run(resolve)));
  }

  /** A call over HTTP: it reaches the engine, or fails as fetch does. */
  async call<T>(life: Lifetime, answer: () => Promise<T>): Promise<T> {
    await this.#travel(life);
    const { host } = this;
    if (host === undefined) throw new TypeError("fetch failed");
    const result = await answer();
    await this.#travel(life);
    return result;
  }

  /** All is well again: no wire loses anything, those that do break. */
  heal(): void {
    for (const wire of this.wires) if (wire.lost !== "none") wire.cut();
  }
}
