import type { Random } from "@capstan/protocol";

/** Longer than any retry of a launch lasts; a key that nobody chose is of no use after that. */
export const automaticKeyMs = 600_000;

/** Gives every launch a key of its own, so that one whose answer was lost can be sent again: random once, then counting. */
export class KeySource {
  readonly #prefix: string;
  #count = 0;

  constructor(random: Random) {
    this.#prefix = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  next(): string {
    this.#count += 1;
    return `auto-${this.#prefix}-${this.#count.toString(36)}`;
  }
}
