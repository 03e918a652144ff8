import { CapstanError } from "@capstan/protocol/plain";
import type { Value } from "../row/value.js";
import type { ColumnKind } from "./column-kind.js";

/** Where the cells of one column are in a flat list of rows. */
export interface ColumnSpot {
  readonly at: number;
  readonly width: number;
  readonly count: number;
}

/** Object ids of the element types; fixed in every PostgreSQL. */
const oids: Record<ColumnKind, number> = { bytea: 17, text: 25, int2: 21, int4: 23, int8: 20, float8: 701 };
const headerBytes = 20;
const chunkBytes = 65_536;

/**
 * Writes columns as arrays in PostgreSQL's binary form, which the server reads at half the cost of text and of JSON. A
 * column that holds nothing but nulls is an empty array: `unnest` fills it up. What is written stays valid until `reset`.
 */
export class ArrayEncoder {
  #buffer = Buffer.allocUnsafe(chunkBytes);
  #end = 0;

  /** Takes the space back; nothing that was encoded before may be in use. */
  reset(): void {
    this.#end = 0;
  }

  encode(kind: ColumnKind, cells: readonly Value[], { at, width, count }: ColumnSpot): Buffer {
    const start = this.#reserve(headerBytes);
    let nulls = 0;
    for (let row = 0, cell = at; row < count; row += 1, cell += width) {
      const value = cells[cell]!;
      if (value === null) nulls += this.#writeNull();
      else if (typeof value === "number") this.#writeNumber(kind, value);
      else if (typeof value === "string") this.#writeText(value);
      else this.#writeBytes(value);
    }
    if (nulls === count) return this.#finish(start, kind, { count: 0, nulls: 0 });
    return this.#finish(start, kind, { count, nulls });
  }

  #finish(
    start: number,
    kind: ColumnKind,
    { count, nulls }: { readonly count: number; readonly nulls: number },
  ): Buffer {
    const buffer = this.#buffer;
    buffer.writeInt32BE(count === 0 ? 0 : 1, start);
    buffer.writeInt32BE(nulls > 0 ? 1 : 0, start + 4);
    buffer.writeInt32BE(oids[kind], start + 8);
    if (count === 0) {
      this.#end = start + 12;
      return buffer.subarray(start, this.#end);
    }
    buffer.writeInt32BE(count, start + 12);
    buffer.writeInt32BE(1, start + 16);
    return buffer.subarray(start, this.#end);
  }

  #writeNull(): 1 {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(-1, at);
    return 1;
  }

  #writeText(text: string): void {
    const at = this.#reserve(4 + text.length * 3);
    const bytes = this.#buffer.write(text, at + 4, "utf8");
    this.#buffer.writeInt32BE(bytes, at);
    this.#end = at + 4 + bytes;
  }

  #writeBytes(bytes: Uint8Array): void {
    const at = this.#reserve(4 + bytes.length);
    this.#buffer.writeInt32BE(bytes.length, at);
    this.#buffer.set(bytes, at + 4);
  }

  #writeNumber(kind: ColumnKind, value: number): void {
    if (kind === "float8") {
      const at = this.#reserve(12);
      this.#buffer.writeInt32BE(8, at);
      this.#buffer.writeDoubleBE(value, at + 4);
      return;
    }
    const size = kind === "int2" ? 2 : kind === "int4" ? 4 : 8;
    if (!Number.isSafeInteger(value) || (size < 8 && Math.abs(value) >= 2 ** (8 * size - 1)))
      throw new CapstanError("internal", `${value} in a column of the type ${kind}`);
    const at = this.#reserve(4 + size);
    this.#buffer.writeInt32BE(size, at);
    if (size === 2) this.#buffer.writeInt16BE(value, at + 4);
    else if (size === 4) this.#buffer.writeInt32BE(value, at + 4);
    else {
      this.#buffer.writeInt32BE(Math.floor(value / 4_294_967_296), at + 4);
      this.#buffer.writeUInt32BE(value >>> 0, at + 8);
    }
  }

  /** Room for so many bytes more. An array that is being written moves with the buffer when it grows. */
  #reserve(bytes: number): number {
    const at = this.#end;
    if (at + bytes > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, at + bytes));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#end = at + bytes;
    return at;
  }
}
