import type { LogSlice } from "../store.js";

/** Whole rows of a stream that lie around a range. */
export interface LogRows {
  readonly bytes: Buffer;
  /** Where in the stream they begin. */
  readonly first: number;
  /** Whether there may be more after them. */
  readonly wasFollowed: boolean;
}

/**
 * Cuts a range where characters end: an offset inside a character is moved back to its first byte, and at least one
 * character is given when there is one.
 */
export function cutLog(
  { bytes, first, wasFollowed }: LogRows,
  { offset, bytesMax }: { readonly offset: number; readonly bytesMax: number },
): LogSlice {
  if (offset - first >= bytes.length) return { text: "", offset, nextOffset: offset };
  const from = startOfCharacter(bytes, offset - first);
  const limit = Math.min(bytes.length, Math.max(from + 1, offset - first + bytesMax));
  const to = limit === bytes.length && !wasFollowed ? limit : endOfCharacter(bytes, from, limit);
  return { text: bytes.toString("utf8", from, to), offset: first + from, nextOffset: first + to };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function startOfCharacter(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(bytes[start])) start -= 1;
  return start;
}

/** The last end of a character at or before `limit`, or the end of the first character when that is longer. */
function endOfCharacter(bytes: Uint8Array, from: number, limit: number): number {
  let end = startOfCharacter(bytes, limit);
  if (end > from) return end;
  end = from + 1;
  while (end < bytes.length && isContinuation(bytes[end])) end += 1;
  return end;
}
