/** The last bytes of an output, and how many were left out before them. */
import type { OutputStream } from "./output-stream.js";
import { tailStart } from "./utf8-text.js";

export interface Piece {
  readonly stream: OutputStream;
  readonly text: Buffer;
}

export class OutputTail {
  readonly #bytesMax: number;
  #pieces: Piece[] = [];
  /** Index of the oldest piece that is kept; those before it are let go a batch at a time. */
  #first = 0;
  #bytes = 0;
  /** Bytes left out, a stream. */
  readonly leftOutBytes: Record<OutputStream, number> = { stdout: 0, stderr: 0 };

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Adds valid UTF-8 text and lets go what no longer fits. */
  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#bytes += piece.text.length;
    while (this.#bytes > this.#bytesMax) this.#shorten();
    if (this.#first > 1024 && this.#first * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#first = 0;
    }
  }

  #shorten(): void {
    const { stream, text } = this.#pieces[this.#first] as Piece;
    const start = tailStart(text, text.length - Math.min(text.length, this.#bytes - this.#bytesMax));
    this.leftOutBytes[stream] += start;
    this.#bytes -= start;
    if (start === text.length) this.#first++;
    else this.#pieces[this.#first] = { stream, text: text.subarray(start) };
  }

  /** Hands over what is kept, oldest first. */
  take(): Piece[] {
    const pieces = this.#pieces.slice(this.#first);
    this.#pieces = [];
    this.#first = 0;
    this.#bytes = 0;
    return pieces;
  }
}
