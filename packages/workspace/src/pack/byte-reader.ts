/** Takes exact numbers of bytes out of a stream whose parts fall anywhere. Holds one part at a time. */
export class ByteReader {
  readonly #parts: AsyncIterator<Uint8Array>;
  #part: Uint8Array = new Uint8Array();
  #isEnd = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#parts = stream[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; undefined when the stream ends before. */
  async take(count: number): Promise<Buffer | undefined> {
    // Memory that is not touched costs nothing: a length that lies is found out before it is paid for.
    const taken = Buffer.allocUnsafeSlow(count);
    for (let filled = 0; filled < count;) {
      if (!(await this.#more())) return undefined;
      const part = this.#part.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.byteLength;
      this.#part = this.#part.subarray(part.byteLength);
    }
    return taken;
  }

  /** Whether the stream has nothing more to give. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#more());
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#parts.return?.();
  }

  async #more(): Promise<boolean> {
    while (this.#part.byteLength === 0 && !this.#isEnd) {
      const next = await this.#parts.next();
      if (next.done === true) this.#isEnd = true;
      else this.#part = next.value;
    }
    return this.#part.byteLength > 0;
  }
}
