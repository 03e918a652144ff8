import type { SeededRandom } from "@capstan/testkit";
import type { EngineHost } from "./engine-host.js";
import type { Machine } from "./machine.js";
import type { Network } from "./network.js";
import type { Clock } from "@capstan/protocol";

export interface FaultParts {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly host: EngineHost;
  readonly machines: readonly Machine[];
  readonly failed: (error: Error) => void;
}

/** What goes wrong in a simulation: it breaks something, and sees to it that it is whole again later. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly #parts: FaultParts;
  #isOver = false;

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** No more faults; what is broken is mended. */
  end(): void {
    this.#isOver = true;
    const { host, machines, network } = this.#parts;
    network.heal();
    host.failCommits(0);
    host.crashAt(undefined);
    if (!host.isUp) void host.start().catch(this.#parts.failed);
    for (const machine of machines) {
      if (machine.life.isFrozen) machine.life.thaw();
      machine.start();
    }
  }

  strike(): void {
    const { random } = this.#parts;
    const kinds: [string, number, () => void][] = [
      ["engine crash", 2, () => this.#crashEngine()],
      ["engine crash around a commit", 4, () => this.#crashAround()],
      ["engine freeze", 1, () => this.#parts.host.freeze(random.int(100, 20_000))],
      ["store failure", 2, () => this.#parts.host.failCommits(random.int(1, 20))],
      ["worker crash", 4, () => this.#crashWorker()],
      ["worker freeze", 3, () => this.#freezeWorker()],
      ["cut", 5, () => this.#wire()?.cut()],
      ["half-open", 3, () => this.#lose()],
      ["stall", 3, () => this.#stall()],
    ];
    let draw = random.fraction() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight, strike] of kinds) {
      draw -= weight;
      if (draw >= 0) continue;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return strike();
    }
  }

  #crashEngine(): void {
    this.#parts.host.crash();
    this.#restartEngine();
  }

  #crashAround(): void {
    this.#parts.host.crashAt(this.#parts.random.pick(["before commit", "after commit"]));
    this.#restartEngine();
  }

  /** Looks again and again whether it is down, and starts it after a while. */
  #restartEngine(): void {
    const { clock, random, host, failed } = this.#parts;
    clock.setTimer(random.int(50, 20_000), () => {
      if (this.#isOver) return;
      if (host.isUp) return;
      void host.start().catch(failed);
    });
  }

  #crashWorker(): void {
    const { clock, random, machines } = this.#parts;
    const machine = random.pick(machines);
    machine.crash(random.chance(0.3));
    clock.setTimer(random.int(100, 30_000), () => machine.start());
  }

  #freezeWorker(): void {
    const { clock, random, machines } = this.#parts;
    const machine = random.pick(machines);
    const { life } = machine;
    if (life.isOver) return;
    life.freeze();
    clock.setTimer(random.int(100, 30_000), () => life.thaw());
  }

  #wire() {
    const open = this.#parts.network.wires.filter((wire) => wire.isOpen);
    return open.length === 0 ? undefined : this.#parts.random.pick(open);
  }

  #lose(): void {
    const wire = this.#wire();
    if (wire !== undefined) wire.lost = this.#parts.random.pick(["both", "to engine", "to worker"] as const);
  }

  #stall(): void {
    const { clock, random } = this.#parts;
    const wire = this.#wire();
    if (wire !== undefined) wire.heldUntilMs = clock.monotonicMs() + random.int(100, 9_000);
  }
}
