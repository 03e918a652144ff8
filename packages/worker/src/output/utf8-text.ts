/** Turns a stream of bytes into valid UTF-8, however the bytes are cut into pieces. */
import { isUtf8 } from "node:buffer";

export class Utf8Text {
  #carry: Buffer = Buffer.alloc(0);

  /** The next bytes as valid UTF-8; an unfinished character at the end waits for the next call. */
  push(bytes: Uint8Array): Buffer {
    let all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#carry.length > 0) all = Buffer.concat([this.#carry, all]);
    const whole = all.length - unfinishedBytes(all);
    // A copy, as the rest of a pipe's reading is not to be kept alive by three bytes of it.
    this.#carry = whole < all.length ? Buffer.from(all.subarray(whole)) : Buffer.alloc(0);
    return valid(all.subarray(0, whole));
  }

  /** What is left at the end of the stream: nothing, or a mark for the character that was never finished. */
  end(): Buffer {
    const rest = this.#carry;
    this.#carry = Buffer.alloc(0);
    return valid(rest);
  }
}

function valid(bytes: Buffer): Buffer {
  // Decoding replaces what is no UTF-8, as the Encoding standard says.
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString("utf8"), "utf8");
}

/** How many bytes at the end begin a character that goes on beyond it. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

function characterBytes(lead: number): number {
  if (lead >= 0xf0) return lead <= 0xf4 ? 4 : 1;
  return lead >= 0xe0 ? 3 : 2;
}

/** The longest beginning of valid UTF-8 that has at most so many bytes and ends with a whole character. */
export function headBytes(text: Buffer, bytesMax: number): number {
  if (text.length <= bytesMax) return text.length;
  let end = Math.max(0, bytesMax);
  while (end > 0 && isContinuation(text[end])) end--;
  return end;
}

/** Where the longest end of valid UTF-8 starts that has at most so many bytes and begins with a whole character. */
export function tailStart(text: Buffer, bytesMax: number): number {
  if (text.length <= bytesMax) return 0;
  let start = text.length - Math.max(0, bytesMax);
  while (start < text.length && isContinuation(text[start])) start++;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
