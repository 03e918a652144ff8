import fc from "fast-check";
import { OutputBuffer, type OutputChunk } from "@capstan/worker";
import { VirtualClock } from "@capstan/testkit";
import { limits } from "@capstan/protocol";
import type { ByteString } from "../input/byte-string.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { stateless, type Target } from "./target.js";

const bytesMax = 64;
const chunkBytesMax = 16;

/** Output of one trial: acknowledged, taken, rewound in any order; in sequence, whole characters, within its bounds. */
export const outputBuffer: Target = {
  name: "output-buffer",
  kind: "sequence",
  seeds: fc.array(fc.nat({ max: 255 }), { maxLength: 120 }).map((codes) => String.fromCharCode(...codes)),
  words: ["\x00", "\x05", "\x06", "\x07", "\xf0\x9f\x98\x80"],
  open: stateless(play),
};

function play(tape: ByteString): void {
  const taken = new Map<number, OutputChunk>();
  const buffer = new OutputBuffer({ bytesMax, chunkBytesMax, clock: new VirtualClock(), ready: () => {} });
  const take = (): void => {
    for (const chunk of buffer.take()) check(taken, chunk);
  };
  for (let at = 0; at < tape.length;) {
    const act = tape.charCodeAt(at) % 8;
    const count = tape.charCodeAt(at + 1) % 24 || 1;
    at += 2;
    if (act <= 4) {
      buffer.write(act % 2 === 0 ? "stdout" : "stderr", bytesOf(tape.slice(at, at + count)));
      at += count;
    } else if (act === 5) take();
    else if (act === 6) buffer.ack(count);
    else buffer.rewind();
    if (buffer.unacknowledgedBytes > 2 * bytesMax) broken("more is held than may be", buffer.unacknowledgedBytes);
  }
  buffer.end();
  take();
  buffer.ack(Number.MAX_SAFE_INTEGER);
  if (!buffer.isDrained) broken("output is left after all was acknowledged", buffer.unacknowledgedBytes);
}

function check(taken: Map<number, OutputChunk>, chunk: OutputChunk): void {
  const { sequence, text, bytes, stream } = chunk;
  const known = taken.get(sequence);
  if (known !== undefined && (known.text !== text || known.stream !== stream))
    broken("a sequence stands for two chunks", known, chunk);
  if (known === undefined && sequence !== taken.size + 1) broken("a chunk comes out of sequence", sequence, taken.size);
  if (bytes > chunkBytesMax || Buffer.byteLength(text) !== bytes || text.length > 2 * limits.logTextBytesMax)
    broken("a chunk of another length", chunk);
  taken.set(sequence, chunk);
}
