import { isUtf8 } from "node:buffer";
import { CapstanError, limits } from "@capstan/protocol";

/** Splits bytes that come in pieces into lines of UTF-8, with their numbers from 1; blank lines are counted and left out. */
export class LineDecoder {
  /** Pieces of the line that has not ended yet. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #number = 0;
  readonly #lineBytesMax: number;

  constructor(lineBytesMax: number = limits.lineBytesMax) {
    this.#lineBytesMax = lineBytesMax;
  }

  /**
   * The lines that a piece completes.
   * @throws CapstanError `invalid-stream` when one is not UTF-8, `too-large` when one is too long; both name the line.
   */
  *push(piece: Uint8Array): Generator<NumberedLine> {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      const line = this.#complete(bytes.subarray(start, end));
      start = end + 1;
      if (line.text !== "") yield line;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  /** The last line, when it did not end in a newline. */
  *end(): Generator<NumberedLine> {
    if (this.#pieceBytes === 0) return;
    const line = this.#complete(Buffer.alloc(0));
    if (line.text !== "") yield line;
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    this.#checkLength(this.#pieceBytes);
  }

  #complete(last: Buffer): NumberedLine {
    this.#checkLength(this.#pieceBytes + last.length);
    this.#number += 1;
    const bytes = this.#pieceBytes === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#pieceBytes = 0;
    if (!isUtf8(bytes)) throw brokenLine(this.#number, "it is not UTF-8");
    return { number: this.#number, text: bytes.toString("utf8").trim() };
  }

  #checkLength(bytes: number): void {
    if (bytes <= this.#lineBytesMax) return;
    const line = this.#number + 1;
    const bytesMax = this.#lineBytesMax;
    throw new CapstanError("too-large", `line ${line} is longer than ${bytesMax} bytes; nothing was launched`, {
      details: { line, bytesMax },
    });
  }
}

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The error of a line that cannot be taken. */
export function brokenLine(
  line: number,
  reason: string,
  details: Readonly<Record<string, unknown>> = {},
): CapstanError {
  const message = `line ${line} of the stream is wrong: ${reason}; nothing was launched`;
  return new CapstanError("invalid-stream", message, { details: { line, ...details } });
}
