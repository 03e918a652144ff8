/** How many single-character changes lead from one word to the other, counted up to `max`. */
function distance(left: string, right: string, max: number): number {
  if (Math.abs(left.length - right.length) > max) return max + 1;
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1;
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + change));
    }
    previous = current;
  }
  return previous[right.length]!;
}

/** Longer words are compared by their beginnings, and no more candidates than this: a wrong name stays cheap. */
const lengthMax = 64;
const candidatesMax = 500;

/** The words, at most three, that somebody who wrote `word` may have meant: nearest first. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const wanted = word.toLowerCase().slice(0, lengthMax);
  const max = Math.max(1, Math.floor(wanted.length / 3));
  const near: { candidate: string; changes: number }[] = [];
  let compared = 0;
  for (const candidate of candidates) {
    compared += 1;
    if (compared > candidatesMax) break;
    const given = candidate.toLowerCase().slice(0, lengthMax);
    const isPart = wanted.length >= 3 && (given.includes(wanted) || wanted.includes(given));
    const changes = isPart ? 1 : distance(wanted, given, max);
    if (changes <= max) near.push({ candidate, changes });
  }
  near.sort((left, right) => left.changes - right.changes || (left.candidate < right.candidate ? -1 : 1));
  return near.slice(0, 3).map(({ candidate }) => candidate);
}

/** A sentence that names what was perhaps meant; empty when nothing is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? "" : `; did you mean ${near.map((word) => `"${word}"`).join(" or ")}?`;
}
