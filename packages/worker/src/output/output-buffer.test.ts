import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Clock, Timer } from "@capstan/protocol";
import { cutMark, OutputBuffer, type OutputChunk } from "./output-buffer.js";
import type { OutputStream } from "./output-stream.js";

/** A clock that stands still until it is told to go on. */
class StillClock implements Clock {
  #timers = new Set<{ atMs: number; fire: () => void }>();
  #nowMs = 0;
  monotonicMs = (): number => this.#nowMs;
  wallMs = (): number => this.#nowMs;
  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
  go(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

const quiet = (): undefined => undefined;
const textOf = (chunks: OutputChunk[], stream?: OutputStream): string =>
  chunks
    .filter((chunk) => stream === undefined || chunk.stream === stream)
    .map((chunk) => chunk.text)
    .join("");

/** Text cut into pieces of bytes anywhere, on either stream. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0x61, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xff), { maxLength: 12 })
    .map((list) => Uint8Array.from(list)),
);
const writes = fc.array(fc.tuple(fc.constantFrom<OutputStream>("stdout", "stderr"), bytes), {
  maxLength: 60,
});

describe("an output buffer", () => {
  it("passes text on after a while, all that came meanwhile together", () => {
    const clock = new StillClock();
    let readied = 0;
    const buffer = new OutputBuffer({ clock, ready: () => readied++ });
    buffer.write("stdout", Buffer.from("a"));
    clock.go(49);
    buffer.write("stdout", Buffer.from("b"));
    expect([readied, buffer.take()]).toEqual([0, []]);
    clock.go(1);
    expect([readied, buffer.take()]).toEqual([1, [{ sequence: 1, stream: "stdout", text: "ab", bytes: 2 }]]);
    clock.go(1_000);
    expect(readied).toBe(1);
  });

  it("keeps the order of the streams and passes on what is large at once", () => {
    const buffer = new OutputBuffer({ clock: new StillClock(), chunkBytesMax: 4, ready: quiet });
    buffer.write("stdout", Buffer.from("abcdef"));
    buffer.write("stderr", Buffer.from("x"));
    buffer.write("stdout", Buffer.from("g"));
    expect(buffer.take().map(({ stream, text }) => [stream, text])).toEqual([
      ["stdout", "abcd"],
      ["stdout", "ef"],
      ["stderr", "x"],
    ]);
  });

  it("keeps what is not acknowledged, and hands it out again when asked", () => {
    const buffer = new OutputBuffer({ clock: new StillClock(), chunkBytesMax: 4, ready: quiet });
    buffer.write("stdout", Buffer.from("aaaabbbbcccc"));
    expect(buffer.take(5).map((chunk) => chunk.text)).toEqual(["aaaa"]);
    expect(buffer.take(8).map((chunk) => chunk.text)).toEqual(["bbbb", "cccc"]);
    buffer.ack(1);
    buffer.rewind();
    expect(buffer.take().map((chunk) => chunk.text)).toEqual(["bbbb", "cccc"]);
    buffer.ack(99);
    buffer.end();
    expect(buffer.isDrained).toBe(true);
  });

  it("does not forget what was never handed out", () => {
    const buffer = new OutputBuffer({ clock: new StillClock(), chunkBytesMax: 4, ready: quiet });
    buffer.write("stdout", Buffer.from("aaaa"));
    buffer.ack(5);
    expect(buffer.take()).toHaveLength(1);
  });

  it("says when reading had better pause, and when it may go on", () => {
    const pressed: boolean[] = [];
    const options = { clock: new StillClock(), chunkBytesMax: 4, unacknowledgedBytesMax: 8, ready: quiet };
    const buffer = new OutputBuffer({ ...options, pressed: (isPressed) => void pressed.push(isPressed) });
    buffer.write("stdout", Buffer.from("a".repeat(12)));
    expect(pressed).toEqual([true]);
    buffer.take();
    buffer.ack(1);
    expect(pressed).toEqual([true]);
    buffer.ack(2);
    expect(pressed).toEqual([true, false]);
  });

  it("keeps head and tail, and says what was left out between them, a stream", () => {
    const buffer = new OutputBuffer({ clock: new StillClock(), bytesMax: 16, ready: quiet });
    for (const text of ["0123456789", "abcdefghij"]) buffer.write("stdout", Buffer.from(text));
    buffer.write("stderr", Buffer.from("XYZW"));
    buffer.write("stdout", Buffer.from("end"));
    buffer.end();
    const chunks = buffer.take();
    expect(textOf(chunks, "stdout")).toBe(`0123456789ab${cutMark(8)}end`);
    expect(textOf(chunks, "stderr")).toBe(`${cutMark(3)}W`);
  });

  it("does not mark a cut where there is none", () => {
    const buffer = new OutputBuffer({ clock: new StillClock(), bytesMax: 16, ready: quiet });
    for (let i = 0; i < 8; i++) buffer.write("stdout", Buffer.from("ab"));
    buffer.end();
    expect(textOf(buffer.take())).toBe("ab".repeat(8));
  });

  it("is valid text whatever the bytes, and the same however they are cut", () => {
    fc.assert(
      fc.property(writes, (pieces) => {
        const buffer = new OutputBuffer({ clock: new StillClock(), chunkBytesMax: 7, ready: quiet });
        for (const [stream, bytes] of pieces) buffer.write(stream, bytes);
        buffer.end();
        const chunks = buffer.take();
        for (const stream of ["stdout", "stderr"] as const) {
          const whole = Buffer.concat(pieces.filter(([name]) => name === stream).map(([, bytes]) => bytes));
          expect(textOf(chunks, stream)).toBe(whole.toString("utf8"));
        }
        for (const chunk of chunks) expect(chunk.bytes).toBe(Buffer.byteLength(chunk.text));
        expect(chunks.map((chunk) => chunk.sequence)).toEqual(chunks.map((_, index) => index + 1));
        expect(Math.max(0, ...chunks.map((chunk) => chunk.bytes))).toBeLessThanOrEqual(7);
      }),
      { numRuns: 500, examples: [[[["stdout", Uint8Array.of(0xf0, 0x80)]]]] },
    );
  });

  it("keeps within its bound, beginning and end of each stream, whatever is written", () => {
    const text = fc.tuple(
      fc.constantFrom<OutputStream>("stdout", "stderr"),
      fc.string({ unit: "grapheme", maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), fc.integer({ min: 0, max: 200 }), (pieces, bytesMax) => {
        const buffer = new OutputBuffer({ clock: new StillClock(), bytesMax, ready: quiet });
        for (const [stream, piece] of pieces) buffer.write(stream, Buffer.from(piece.replaceAll("[", "")));
        buffer.end();
        const chunks = buffer.take();
        let kept = 0;
        for (const stream of ["stdout", "stderr"] as const) {
          const whole = pieces
            .filter(([name]) => name === stream)
            .map(([, piece]) => piece.replaceAll("[", ""))
            .join("");
          const got = textOf(chunks, stream);
          const cut = /\n\[capstan: (\d+) bytes of output left out here\]\n/.exec(got);
          const [head, tail] = cut ? [got.slice(0, cut.index), got.slice(cut.index + cut[0].length)] : [got, ""];
          expect(whole.startsWith(head)).toBe(true);
          expect(whole.endsWith(tail)).toBe(true);
          expect(Buffer.byteLength(head + tail) + Number(cut?.[1] ?? 0)).toBe(Buffer.byteLength(whole));
          kept += Buffer.byteLength(head + tail);
        }
        expect(kept).toBeLessThanOrEqual(bytesMax);
      }),
    );
  });

  it("hands out every chunk once, and again only after a rewind", () => {
    const acts = fc.array(fc.oneof(fc.constant("write"), fc.constant("take"), fc.constant("rewind"), fc.nat(30)), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(acts, (list) => {
        const buffer = new OutputBuffer({ clock: new StillClock(), chunkBytesMax: 4, ready: quiet });
        let acked = 0;
        let taken = 0;
        for (const act of list) {
          if (act === "write") buffer.write("stdout", Buffer.from("abcdefg"));
          else if (act === "rewind") {
            buffer.rewind();
            taken = acked;
          } else if (act === "take") {
            const chunks = buffer.take(9);
            chunks.forEach((chunk, index) => expect(chunk.sequence).toBe(taken + index + 1));
            taken += chunks.length;
          } else {
            buffer.ack(act);
            acked = Math.max(acked, Math.min(act, taken));
          }
        }
        expect(buffer.sequence).toBeGreaterThanOrEqual(taken);
      }),
    );
  });
});
