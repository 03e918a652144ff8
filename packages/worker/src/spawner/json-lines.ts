/**
 * JSON lines over a byte stream: every line is one message or an array of messages. Writers hand over what is sent in
 * one turn of the event loop in one piece; readers bound the length of a line.
 */

/** A line that is too long or is no JSON. The stream cannot be trusted after it. */
export class LineError extends Error {
  override readonly name = "LineError";
}

const newline = 0x0a;

/** Splits bytes into lines and hands over the messages that they hold. */
export class LineReader {
  readonly #lineBytesMax: number;
  readonly #receive: (message: unknown) => void;
  #carry: Buffer[] = [];
  #carryBytes = 0;

  constructor(lineBytesMax: number, receive: (message: unknown) => void) {
    this.#lineBytesMax = lineBytesMax;
    this.#receive = receive;
  }

  /**
   * Takes the next bytes; keeps a copy of an unfinished line, so the caller may reuse the buffer.
   * @throws LineError when a line is too long or is no JSON
   */
  push(bytes: Buffer): void {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) break;
      this.#check(this.#carryBytes + end - start);
      this.#line(
        this.#carryBytes === 0 ? bytes.toString("utf8", start, end) : this.#joined(bytes.subarray(start, end)),
      );
      start = end + 1;
    }
    if (start === bytes.length) return;
    this.#check(this.#carryBytes + bytes.length - start);
    this.#carry.push(Buffer.from(bytes.subarray(start)));
    this.#carryBytes += bytes.length - start;
  }

  #check(lineBytes: number): void {
    if (lineBytes > this.#lineBytesMax) {
      throw new LineError(`a line is longer than ${this.#lineBytesMax} bytes; send less at a time or raise the limit`);
    }
  }

  #joined(last: Buffer): string {
    this.#carry.push(last);
    const text = Buffer.concat(this.#carry).toString("utf8");
    this.#carry = [];
    this.#carryBytes = 0;
    return text;
  }

  #line(text: string): void {
    if (text.length === 0) return;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      throw new LineError(`a line is no JSON: ${JSON.stringify(text.slice(0, 120))}`);
    }
    if (!Array.isArray(message)) return this.#receive(message);
    for (const one of message) this.#receive(one);
  }
}

/** Sends messages, a line each; those of one turn of the event loop leave in one write. */
export class LineWriter {
  readonly #write: (lines: string) => void;
  #pending = "";

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  /** Queues a message; it leaves at the end of this turn. */
  send(message: object): void {
    if (this.#pending === "") setImmediate(() => this.flush());
    this.#pending += JSON.stringify(message) + "\n";
  }

  /** Writes what is queued now. */
  flush(): void {
    if (this.#pending === "") return;
    const lines = this.#pending;
    this.#pending = "";
    this.#write(lines);
  }
}
