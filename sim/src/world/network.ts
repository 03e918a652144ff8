import { CapstanError, type Clock, type Connection, type Transport } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import { garble } from "./garble.js";
import type { Lifetime } from "./lifetime.js";
import { Wire, type Carrier, type Direction } from "./wire.js";

/** Who answers connections now; undefined while nobody does. */
export interface Host {
  readonly life: Lifetime;
  readonly accept: (connection: Connection) => void;
}

export interface Tap {
  /** An engine lets a frame go, whatever becomes of it. */
  readonly said: (machine: string, frame: string) => void;
  /** A frame arrives. */
  readonly arrived: (direction: Direction, machine: string, frame: string) => void;
}

/** The network between workers and the engine. */
export class Network implements Carrier {
  readonly clock: Clock;
  host: Host | undefined;
  wires: Wire[] = [];
  /** The engine's process dies after it has sent so many frames more. */
  crashAfter: { frames: number; readonly crash: () => void } | undefined;
  readonly #random: SeededRandom;
  readonly #tap: Tap;

  constructor(clock: Clock, random: SeededRandom, tap: Tap) {
    this.clock = clock;
    this.#random = random;
    this.#tap = tap;
  }

  said(machine: string, frame: string, by: Lifetime): void {
    this.#tap.said(machine, frame);
    const { crashAfter } = this;
    if (crashAfter === undefined || by !== this.host?.life) return;
    crashAfter.frames -= 1;
    if (crashAfter.frames > 0) return;
    this.crashAfter = undefined;
    // The frame has left; nothing after it does.
    crashAfter.crash();
  }

  arrived(direction: Direction, machine: string, frame: string): void {
    this.#tap.arrived(direction, machine, frame);
  }

  garble(frame: string): string {
    return garble(this.#random, frame);
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

  /** The connections of a process that is gone end, or hang without a sign. */
  drop(life: Lifetime, isSilent: () => boolean): void {
    for (const wire of this.wires) {
      if (wire.near.life !== life && wire.far.life !== life) continue;
      if (isSilent()) wire.lost = "both";
      else wire.cut();
    }
  }

  /** All is well again: no wire mistreats anything, those that did break. */
  heal(): void {
    this.crashAfter = undefined;
    for (const wire of this.wires) {
      wire.mischief = [];
      if (wire.lost !== "none" || wire.isTainted) wire.cut();
    }
  }
}
