import type { SeededRandom } from "@capstan/testkit";

const fragments = ["", "null", "[]", "{}", "[null]", '[{"type":"grant"}]', '[{"type":"__proto__"}]', "\u0000", "[[[["];

/** What a frame looks like when a peer or the way between garbled it: cut, changed in the middle, or something else altogether. */
export function garble(random: SeededRandom, frame: string): string {
  const at = random.int(0, Math.max(0, frame.length - 1));
  const draw = random.fraction();
  if (draw < 0.25) return frame.slice(0, at);
  if (draw < 0.5) return frame.slice(0, at) + String.fromCharCode(random.int(32, 126)) + frame.slice(at + 1);
  if (draw < 0.65) return frame.replace(/\d+/, () => String(random.pick([-1, 0, 1e300, 2 ** 53, 7])));
  if (draw < 0.8) return frame.replace(/"[a-zA-Z]+":/, '"other":');
  if (draw < 0.9) return `${frame}${frame}`;
  return random.pick(fragments);
}
