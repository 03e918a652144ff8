import type { Clock } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { EngineHost } from "../world/engine-host.js";
import type { Machine } from "../world/machine.js";
import type { Network } from "../world/network.js";
import { mischiefs, type Wire } from "../world/wire.js";

export interface FaultParts {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly host: EngineHost;
  readonly machines: readonly Machine[];
  readonly failed: (error: Error) => void;
  /** How long freezes and outages last, as a factor: leases and heartbeats are that much slower. */
  readonly pace: number;
}

/** What goes wrong in a simulation: it breaks something, and sees to it that it is whole again later. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly #parts: FaultParts;
  readonly #kinds: readonly (readonly [string, number, () => void])[];
  #isOver = false;

  constructor(parts: FaultParts) {
    this.#parts = parts;
    const { host, random } = parts;
    this.#kinds = [
      ["engine crash", 2, () => this.#crashEngine()],
      ["engine crash around a commit", 4, () => this.#crashAround()],
      ["engine crash while it speaks", 3, () => this.#crashSpeaking()],
      ["engine freeze", 1, () => host.freeze(this.#lastingMs(20_000))],
      ["engine superseded", 2, () => this.#supersede()],
      ["store failure", 2, () => this.#failStore()],
      ["store stall", 1, () => this.#stallStore()],
      ["disk full", 1, () => this.#fillDisk()],
      ["worker crash", 4, () => this.#crashWorker(false)],
      ["power loss", 2, () => this.#crashWorker(true)],
      ["worker freeze", 3, () => this.#freezeWorker()],
      ["cut", 4, () => this.#wire()?.cut()],
      ["half-open", 3, () => this.#lose()],
      ["stall", 3, () => this.#stall()],
      ["mischief", 3, () => this.#mistreat()],
      ["wall clock", 1, () => host.shiftWall(random.int(-3_600_000, 3_600_000))],
    ];
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** No more faults; what is broken is mended. */
  end(): void {
    this.#isOver = true;
    const { host, machines, network, failed } = this.#parts;
    network.heal();
    host.heal();
    if (!host.isUp) host.start().catch(failed);
    for (const machine of machines) {
      if (machine.life.isFrozen) machine.life.thaw();
      machine.start();
    }
  }

  strike(): void {
    const total = this.#kinds.reduce((sum, [, weight]) => sum + weight, 0);
    let draw = this.#parts.random.fraction() * total;
    for (const [name, weight, strike] of this.#kinds) {
      draw -= weight;
      if (draw >= 0) continue;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return strike();
    }
  }

  #lastingMs(mostMs: number): number {
    const { random, pace } = this.#parts;
    return random.int(100, mostMs * pace);
  }

  #crashEngine(): void {
    this.#parts.host.crash();
    this.#restartEngine();
  }

  #crashAround(): void {
    this.#parts.host.crashAt(this.#parts.random.pick(["before commit", "after commit"]));
    this.#restartEngine();
  }

  #crashSpeaking(): void {
    this.#parts.host.crashAfter(this.#parts.random.int(1, 8));
    this.#restartEngine();
  }

  #supersede(): void {
    this.#parts.host.supersede(this.#lastingMs(20_000));
    this.#restartEngine();
  }

  /** Looks after a while whether it is down, and starts it. */
  #restartEngine(): void {
    const { clock, random, host, failed } = this.#parts;
    clock.setTimer(random.int(50, 20_000), () => {
      if (!this.#isOver && !host.isUp) host.start().catch(failed);
    });
  }

  #failStore(): void {
    const { host, random } = this.#parts;
    if (host.store === undefined) return;
    host.store.failures = random.int(1, 20);
    if (random.chance(0.3)) host.store.readFailures = random.int(1, 3);
    // A disk that fails may end the engine.
    this.#restartEngine();
  }

  #stallStore(): void {
    const { host, clock } = this.#parts;
    if (host.store !== undefined) host.store.stalledUntilMs = clock.monotonicMs() + this.#lastingMs(15_000);
  }

  #fillDisk(): void {
    const { host, clock } = this.#parts;
    if (host.store !== undefined) host.store.fullUntilMs = clock.monotonicMs() + this.#lastingMs(15_000);
    this.#restartEngine();
  }

  #crashWorker(isPowerLoss: boolean): void {
    const { clock, random, machines } = this.#parts;
    const machine = random.pick(machines);
    machine.crash(isPowerLoss);
    // Versions roll: it may come back with the other one.
    if (random.chance(0.3)) machine.version = machine.version === "1" ? "2" : "1";
    clock.setTimer(this.#lastingMs(30_000), () => machine.start());
  }

  #freezeWorker(): void {
    const { clock, random, machines } = this.#parts;
    const { life } = random.pick(machines);
    if (life.isOver) return;
    life.freeze();
    clock.setTimer(this.#lastingMs(30_000), () => life.thaw());
  }

  #wire(): Wire | undefined {
    const open = this.#parts.network.wires.filter((wire) => wire.isOpen);
    return open.length === 0 ? undefined : this.#parts.random.pick(open);
  }

  #lose(): void {
    const wire = this.#wire();
    if (wire !== undefined) wire.lost = this.#parts.random.pick(["both", "to engine", "to worker"] as const);
  }

  #stall(): void {
    const wire = this.#wire();
    if (wire !== undefined) wire.heldUntilMs = this.#parts.clock.monotonicMs() + this.#lastingMs(9_000);
  }

  #mistreat(): void {
    const { random } = this.#parts;
    const wire = this.#wire();
    if (wire !== undefined) wire.mischief = Array.from({ length: random.int(1, 4) }, () => random.pick(mischiefs));
  }
}
