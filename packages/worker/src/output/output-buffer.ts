/**
 * The output of one trial between its executor and the engine: in order, bounded, kept until acknowledged.
 *
 * The first three quarters of the limit are passed on while the trial runs; of what follows only the end is kept, and
 * passed on after the trial with a line in front that says how much was left out. Text is cut at whole characters.
 */
import { systemClock, type Clock, type Timer } from "@capstan/protocol";
import type { OutputStream } from "./output-stream.js";
import { OutputTail, type Piece } from "./output-tail.js";
import { headBytes, Utf8Text } from "./utf8-text.js";

/** A piece of one stream. Sequence numbers count the chunks of a trial from 1, both streams together. */
export interface OutputChunk {
  readonly sequence: number;
  readonly stream: OutputStream;
  readonly text: string;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
}

export interface OutputBufferOptions {
  /** Output kept of the trial, the marks of a cut not counted; 10 MiB by default. */
  bytesMax?: number;
  /** Longest chunk; 64 KiB by default. */
  chunkBytesMax?: number;
  /** How long text may wait for more before it is passed on; 50 ms by default. */
  coalesceMs?: number;
  /** Above this much unacknowledged output `pressed(true)` is called, and `pressed(false)` below half; 4 MiB. */
  unacknowledgedBytesMax?: number;
  clock?: Clock;
  /** Called when `take` has something to give; not again until it was called. */
  ready: () => void;
  /** Called when reading had better pause or may go on. */
  pressed?: (isPressed: boolean) => void;
}

const tailShare = 0.25;

export class OutputBuffer {
  readonly #options: OutputBufferOptions;
  readonly #chunkBytesMax: number;
  #text: Record<OutputStream, Utf8Text> | undefined;
  #headBytesLeft: number;
  #tail: OutputTail | undefined;
  readonly #tailBytesMax: number;
  #pending: Buffer[] = [];
  #pendingStream: OutputStream = "stdout";
  #pendingBytes = 0;
  #timer: Timer | undefined;
  /** Chunks in order: acknowledged ones are removed, the first `#taken` of the rest have been handed out. */
  #chunks: OutputChunk[] = [];
  #taken = 0;
  #chunkBytes = 0;
  #sequence = 0;
  #isReady = false;
  #isPressed = false;
  #isEnded = false;

  constructor(options: OutputBufferOptions) {
    const bytesMax = options.bytesMax ?? 10 * 1024 * 1024;
    this.#options = options;
    this.#chunkBytesMax = options.chunkBytesMax ?? 64 * 1024;
    if (this.#chunkBytesMax < 4) throw new RangeError("chunkBytesMax must hold one character: at least 4 bytes");
    this.#tailBytesMax = Math.floor(bytesMax * tailShare);
    this.#headBytesLeft = bytesMax - this.#tailBytesMax;
  }

  /** Sequence number of the last chunk made so far; 0 when there is none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Bytes that wait to be acknowledged or to become a chunk. */
  get unacknowledgedBytes(): number {
    return this.#chunkBytes + this.#pendingBytes;
  }

  /** Whether the output has ended and all of it is acknowledged. */
  get isDrained(): boolean {
    return this.#isEnded && this.#chunks.length === 0;
  }

  /** Adds output. The bytes are not copied; they must not change any more. */
  write(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#isEnded || bytes.length === 0) return;
    this.#text ??= { stdout: new Utf8Text(), stderr: new Utf8Text() };
    this.#add({ stream, text: this.#text[stream].push(bytes) });
  }

  #add(piece: Piece): void {
    if (piece.text.length === 0) return;
    if (this.#tail) return this.#tail.push(piece);
    const fits = headBytes(piece.text, this.#headBytesLeft);
    this.#headBytesLeft -= fits;
    this.#append(piece.stream, piece.text.subarray(0, fits));
    if (fits === piece.text.length) return;
    this.#tail = new OutputTail(this.#tailBytesMax);
    this.#tail.push({ stream: piece.stream, text: piece.text.subarray(fits) });
  }

  #append(stream: OutputStream, text: Buffer): void {
    if (stream !== this.#pendingStream) this.#close();
    this.#pendingStream = stream;
    for (let rest = text; rest.length > 0;) {
      const part = rest.subarray(0, headBytes(rest, this.#chunkBytesMax - this.#pendingBytes));
      if (part.length > 0) this.#pending.push(part);
      this.#pendingBytes += part.length;
      rest = rest.subarray(part.length);
      if (rest.length > 0 || this.#pendingBytes === this.#chunkBytesMax) this.#close();
    }
    if (this.#pendingBytes > 0) {
      const clock = this.#options.clock ?? systemClock;
      this.#timer ??= clock.setTimer(this.#options.coalesceMs ?? 50, () => this.#close());
    }
    this.#press();
  }

  /** Makes a chunk of what is pending. */
  #close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#pendingBytes === 0) return;
    const text = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
    const chunk = {
      sequence: ++this.#sequence,
      stream: this.#pendingStream,
      text: text.toString("utf8"),
      bytes: text.length,
    };
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.bytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#announce();
  }

  #announce(): void {
    if (this.#isReady || this.#taken === this.#chunks.length) return;
    this.#isReady = true;
    this.#options.ready();
  }

  #press(): void {
    const bytesMax = this.#options.unacknowledgedBytesMax ?? 4 * 1024 * 1024;
    const isPressed = this.unacknowledgedBytes > (this.#isPressed ? bytesMax / 2 : bytesMax);
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    this.#options.pressed?.(isPressed);
  }

  /** The chunks that have not been handed out, in order: at least one if there is any, else at most `bytesMax`. */
  take(bytesMax = Infinity): OutputChunk[] {
    this.#isReady = false;
    const from = this.#taken;
    for (let bytes = 0; this.#taken < this.#chunks.length; this.#taken++) {
      bytes += (this.#chunks[this.#taken] as OutputChunk).bytes;
      if (bytes > bytesMax && this.#taken > from) break;
    }
    return this.#chunks.slice(from, this.#taken);
  }

  /** Forgets the chunks up to this sequence number. */
  ack(sequence: number): void {
    let count = 0;
    while (count < this.#taken && (this.#chunks[count] as OutputChunk).sequence <= sequence) {
      this.#chunkBytes -= (this.#chunks[count] as OutputChunk).bytes;
      count++;
    }
    if (count === 0) return;
    this.#chunks.splice(0, count);
    this.#taken -= count;
    this.#press();
  }

  /** Hands out again what was handed out and not acknowledged, as after a reconnection. */
  rewind(): void {
    this.#taken = 0;
    this.#announce();
  }

  /** Ends the output: marks the cut, adds the end of it, and passes everything on. */
  end(): void {
    if (this.#isEnded) return;
    if (this.#text) {
      for (const stream of ["stdout", "stderr"] as const) this.#add({ stream, text: this.#text[stream].end() });
    }
    if (this.#tail) {
      const { leftOutBytes } = this.#tail;
      for (const stream of ["stdout", "stderr"] as const) {
        if (leftOutBytes[stream] > 0) this.#append(stream, Buffer.from(cutMark(leftOutBytes[stream])));
      }
      for (const piece of this.#tail.take()) this.#append(piece.stream, piece.text);
    }
    this.#close();
    this.#isEnded = true;
  }
}

/** The line that stands where output was left out. */
export function cutMark(leftOutBytes: number): string {
  return `\n[capstan: ${leftOutBytes} bytes of output left out here]\n`;
}
