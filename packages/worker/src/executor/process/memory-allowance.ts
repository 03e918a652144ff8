/** The memory that an executor process may use: what its trials may use together, when all of them have a limit. */
import type { ProcessGroup } from "../../spawner/process-group-spawner.js";
import type { Clock, Timer } from "@capstan/protocol";
import type { ProcessTrial } from "./process-trial.js";

/** How long an executor is watched on after its last trial, so that one after another does not switch it each time. */
const unwatchMs = 1_000;

export class MemoryAllowance {
  readonly #group: ProcessGroup;
  readonly #clock: Clock;
  #memoryBytes: number | undefined;
  #unwatchTimer: Timer | undefined;

  constructor(group: ProcessGroup, clock: Clock) {
    this.#group = group;
    this.#clock = clock;
  }

  /** The limit in force. */
  get memoryBytes(): number | undefined {
    return this.#memoryBytes;
  }

  /** Goes by the limits of the trials that run now. */
  share(trials: Iterable<ProcessTrial>): void {
    this.#unwatchTimer?.cancel();
    this.#unwatchTimer = undefined;
    let sum: number | undefined;
    for (const { order } of trials) {
      const { memoryBytes } = order.limits;
      if (memoryBytes === undefined) return this.#set(undefined);
      sum = (sum ?? 0) + memoryBytes;
    }
    if (sum !== undefined) this.#set(sum);
    else if (this.#memoryBytes !== undefined) this.#unwatch();
  }

  #unwatch(): void {
    this.#unwatchTimer = this.#clock.setTimer(unwatchMs, () => this.#set(undefined));
  }

  #set(memoryBytes: number | undefined): void {
    if (memoryBytes === this.#memoryBytes) return;
    this.#memoryBytes = memoryBytes;
    this.#group.limitMemory(memoryBytes);
  }

  /** The process has ended. */
  end(): void {
    this.#unwatchTimer?.cancel();
  }
}
