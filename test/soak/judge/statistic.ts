/** One figure at one time. */
export interface Point {
  /** In hours since the run began. */
  readonly x: number;
  readonly y: number;
}

export interface Slope {
  /** Change an hour. */
  readonly perHour: number;
  /** Between these it lies with 95 % confidence. */
  readonly low: number;
  readonly high: number;
}

/** Of the standard normal distribution: 95 % lie within. */
const z = 1.96;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which that share of them lies, interpolated; NaN when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at % 1);
}

/**
 * The median of the slopes of all pairs (Theil–Sen), with Sen's interval from Kendall's variance: outliers move it
 * little, and it says how sure it is. Three points at least, else it is sure of nothing.
 */
export function theilSen(points: readonly Point[]): Slope {
  const slopes = pairSlopes(points);
  const { length: n } = points;
  if (n < 3 || slopes.length === 0)
    return { perHour: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const spread = z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (place: number): number => slopes[Math.round(place)] ?? (place < 0 ? -1 : 1) * Number.POSITIVE_INFINITY;
  return {
    perHour: median(slopes),
    low: at((slopes.length - spread) / 2 - 1),
    high: at((slopes.length + spread) / 2),
  };
}

function pairSlopes(points: readonly Point[]): number[] {
  const slopes: number[] = [];
  for (const [at, left] of points.entries()) {
    for (const right of points.slice(at + 1)) {
      if (right.x !== left.x) slopes.push((right.y - left.y) / (right.x - left.x));
    }
  }
  return slopes.toSorted((left, right) => left - right);
}

/**
 * Cuts a series into so many blocks of equal time and gives one point each. What collects garbage goes up and down like
 * a saw: neighbours in it depend on each other, blocks hardly do, and the least of a block is what is really in use.
 */
export function blocks(
  points: readonly Point[],
  count: number,
  reduce: (values: readonly number[]) => number,
): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first.x === last.x) return [];
  const width = (last.x - first.x) / count;
  const groups = new Map<number, number[]>();
  for (const { x, y } of points) {
    const at = Math.min(count - 1, Math.floor((x - first.x) / width));
    groups.set(at, [...(groups.get(at) ?? []), y]);
  }
  return [...groups].map(([at, values]) => ({ x: first.x + (at + 0.5) * width, y: reduce(values) }));
}

/** The part of a series between two shares of its time. */
export function part(points: readonly Point[], from: number, to: number): number[] {
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  const at = (share: number): number => first + (last - first) * share;
  return points.filter(({ x }) => x >= at(from) && x <= at(to)).map(({ y }) => y);
}
