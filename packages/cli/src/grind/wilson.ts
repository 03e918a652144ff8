/** The normal quantile of 95 % between two bounds. */
const z = 1.959963984540054;

/**
 * Between which shares the true one lies with 95 %, when `count` of `total` were seen: Wilson's interval, which holds for
 * few trials and for shares near 0 and 1 too (Wilson 1927; Brown, Cai, DasGupta 2001).
 */
export function wilson(count: number, total: number): readonly [low: number, high: number] {
  if (total === 0) return [0, 1];
  const share = count / total;
  const squared = z * z;
  const middle = (share + squared / (2 * total)) / (1 + squared / total);
  const spread = (z / (1 + squared / total)) * Math.sqrt((share * (1 - share)) / total + squared / (4 * total * total));
  const low = count === 0 ? 0 : Math.max(0, middle - spread);
  const high = count === total ? 1 : Math.min(1, middle + spread);
  return [low, high];
}
