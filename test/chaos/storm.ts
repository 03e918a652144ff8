import { setTimeout as pause } from "node:timers/promises";
import type { SeededRandom } from "@capstan/testkit";
import { drawFault, drawKind, type DrawnFault, type FaultGroup, type Scene } from "./fault-draw.js";
import type { FaultKind } from "./fault-log.js";

export interface StormParts {
  readonly scene: Scene;
  readonly random: SeededRandom;
  readonly killsAMinute: number;
  readonly othersAMinute: number;
  readonly isPossible: (kind: FaultKind) => boolean;
  /** A fault could not be brought about. */
  readonly failed: (error: unknown) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Draws tried until one falls on a room where nothing happens just now. */
const drawsMax = 8;

/** Faults at a rate, drawn by a seed: in each room one after another, in different rooms at the same time. */
export class Storm {
  readonly #parts: StormParts;
  readonly #rooms = new Map<string, Promise<void>>();
  readonly #busy = new Set<string>();

  constructor(parts: StormParts) {
    this.#parts = parts;
  }

  /** Begins with one fault of each of the kinds. Resolves when the time is up and everything is as before. */
  async rage(forMs: number, first: readonly FaultKind[] = []): Promise<void> {
    const { killsAMinute, othersAMinute, scene, isPossible } = this.#parts;
    const random = this.#parts.random.fork("first");
    for (const kind of first) if (isPossible(kind)) this.#enter(drawKind(kind, scene, random));
    await Promise.all([this.#blow("kills", killsAMinute, forMs), this.#blow("others", othersAMinute, forMs)]);
    await Promise.all(this.#rooms.values());
  }

  async #blow(group: FaultGroup, aMinute: number, forMs: number): Promise<void> {
    if (aMinute <= 0) return;
    const { random, signal } = this.#parts;
    const own = random.fork(group);
    const everyMs = 60_000 / aMinute;
    const startedMs = performance.now();
    for (let count = 0; ; count += 1) {
      // Each in a slot of its own of the time, so that the rate is kept whatever the single ones take.
      const atMs = startedMs + (count + own.fraction()) * everyMs;
      if (atMs > startedMs + forMs) return;
      await pause(Math.max(0, atMs - performance.now()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#enter(this.#draw(group, own));
    }
  }

  #draw(group: FaultGroup, random: SeededRandom): DrawnFault {
    const { scene, isPossible } = this.#parts;
    let fault = drawFault(group, scene, { random, isPossible });
    for (let draws = 1; this.#busy.has(fault.room) && draws < drawsMax; draws += 1)
      fault = drawFault(group, scene, { random, isPossible });
    return fault;
  }

  #enter({ room, strike }: DrawnFault): void {
    const before = this.#rooms.get(room) ?? Promise.resolve();
    const strikeNow = async (): Promise<void> => {
      await before;
      this.#busy.add(room);
      await strike().catch(this.#parts.failed);
      this.#busy.delete(room);
    };
    this.#rooms.set(room, strikeNow());
  }
}
