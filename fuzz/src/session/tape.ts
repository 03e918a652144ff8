import type { ByteString } from "../input/byte-string.js";

/** Reads an input as a tape of small decisions: every input is a course of events, and a changed byte changes one. */
export class Tape {
  readonly #input: ByteString;
  #at = 0;

  constructor(input: ByteString) {
    this.#input = input;
  }

  get isOver(): boolean {
    return this.#at >= this.#input.length;
  }

  /** The next byte; 0 after the end. */
  byte(): number {
    const code = this.#input.charCodeAt(this.#at);
    this.#at += 1;
    return Number.isNaN(code) ? 0 : code & 255;
  }

  /** One of the items; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    const byte = this.byte();
    return items.length === 0 ? undefined : items[byte % items.length];
  }

  /** The next bytes as they are. */
  bytes(count: number): ByteString {
    const bytes = this.#input.slice(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }
}
