import { SeededRandom } from "@capstan/testkit";

export interface LengthOptions {
  readonly seed: number;
  readonly files: number;
  /** All together. */
  readonly totalMs: number;
}

/** Lengths as those of real test files: lognormal, most short and some long, and one ten times the mean, somewhere. */
export function makeLengths({ seed, files, totalMs }: LengthOptions): number[] {
  const random = new SeededRandom(seed);
  const draw = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
  const raw = Array.from({ length: files - 1 }, () => Math.exp(draw()));
  const sum = raw.reduce((total, each) => total + each, 0);
  const meanMs = totalMs / files;
  const scale = (totalMs - 10 * meanMs) / sum;
  // What chance made longer than the one that is to be the longest is cut.
  const lengths = raw.map((each) => Math.round(Math.min(each * scale, 9 * meanMs)));
  lengths.splice(random.int(0, files - 1), 0, Math.round(10 * meanMs));
  return lengths;
}

/** Nothing can be done sooner. */
export function lowerBoundMs(lengths: readonly number[], slots: number): number {
  return Math.max(lengths.reduce((total, each) => total + each, 0) / slots, ...lengths);
}

/** When all is done if each slot is given as many files as the others beforehand. */
export function byCountMs(lengths: readonly number[], slots: number): number {
  const sums = Array.from({ length: slots }, () => 0);
  for (const [at, length] of lengths.entries()) sums[Math.floor((at * slots) / lengths.length)]! += length;
  return Math.max(...sums);
}

/** When all is done if each slot takes the next file in the order in which they are given. */
export function byPullMs(lengths: readonly number[], slots: number): number {
  const free = Array.from({ length: slots }, () => 0);
  for (const length of lengths) free[free.indexOf(Math.min(...free))]! += length;
  return Math.max(...free);
}
