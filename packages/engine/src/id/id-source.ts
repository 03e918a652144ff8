import { makeId, type Clock, type IdKind, type IdOf } from "@capstan/protocol";

/** Makes ids that no engine ever made before: the epoch is raised at every start, the sequence counts up within it. */
export class IdSource {
  readonly #clock: Clock;
  readonly #epochs: readonly number[];
  readonly #sequences: number[];
  #lastMs = 0;

  constructor(clock: Clock, epochs: readonly number[]) {
    this.#clock = clock;
    this.#epochs = epochs;
    this.#sequences = epochs.map(() => 0);
  }

  /** Ids of one engine never go back in time, even when its wall clock does. */
  next<K extends IdKind>(kind: K, partition: number): IdOf[K] {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(this.#clock.wallMs()));
    const sequence = (this.#sequences[partition] = (this.#sequences[partition]! + 1) >>> 0);
    return makeId(kind, { timeMs: this.#lastMs, partition, epoch: this.#epochs[partition]!, sequence });
  }
}
