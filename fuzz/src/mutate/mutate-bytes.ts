import type { SeededRandom } from "@capstan/testkit";
import type { ByteString } from "../input/byte-string.js";

/** Pieces of every grammar that is decoded anywhere: JSON, headers, lines, numbers, broken UTF-8. */
const pieces: readonly ByteString[] = [
  // oxlint-disable-next-line typescript/no-misused-spread -- all of it is ASCII
  ..."{}[],:\"'\\/ \n\r\t\u0000.-_=&?%+#@~<>;|*",
  "\r\n",
  "\n\n",
  "null",
  "true",
  "1e999",
  "-0",
  "\\u0000",
  "\\ud800",
  '"__proto__":',
  '"constructor":{"prototype":{}}',
  "\xff",
  "\xc0\x80",
  "\xed\xa0\x80",
  "\xf0\x9f\x98",
  "\xef\xbb\xbf",
  "\xe2\x80\xa8",
  "9007199254740993",
  "0x10",
  "00",
  "../",
];
const lengthMax = 64 * 1024;

export interface ByteMeans {
  readonly random: SeededRandom;
  /** Words that the decoder knows. */
  readonly words: readonly string[];
  readonly other: () => ByteString;
}

/** Changes one place of an input, without regard to what it means. */
export function mutateBytes(input: ByteString, { random, words, other }: ByteMeans): ByteString {
  const at = random.int(0, input.length);
  const span = random.chance(0.1) ? random.int(0, input.length - at) : Math.min(input.length - at, random.int(1, 8));
  const head = input.slice(0, at);
  const rest = input.slice(at);
  const cut = input.slice(at + span);
  switch (random.int(0, 9)) {
    case 0:
      return head + String.fromCharCode(random.int(0, 255)) + rest.slice(1);
    case 1:
      return head + cut;
    case 2:
      return head + random.pick(pieces) + rest;
    case 3:
      return head + random.pick(pieces) + cut;
    case 4:
      return words.length === 0 ? head + cut : head + random.pick(words) + (random.chance(0.5) ? rest : cut);
    case 5:
      return head + rest.slice(0, span) + rest;
    case 6:
      return head + repeated(rest.slice(0, span), random) + rest;
    case 7:
      return spliced(head, other(), random);
    case 8:
      return head + String.fromCharCode((rest.charCodeAt(0) || 0) ^ (1 << random.int(0, 7))) + rest.slice(1);
    default:
      return head;
  }
}

function repeated(piece: ByteString, random: SeededRandom): ByteString {
  const times = random.chance(0.03) ? random.int(100, 2_000) : random.int(2, 8);
  return piece.repeat(Math.min(times, Math.floor(lengthMax / (piece.length + 1))));
}

function spliced(head: ByteString, other: ByteString, random: SeededRandom): ByteString {
  return head + other.slice(random.int(0, other.length));
}
