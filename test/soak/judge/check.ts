import { blocks, part, quantile, theilSen, type Point } from "./statistic.js";

/** `unclear`: too short or too noisy to say. */
export type Answer = "flat" | "growing" | "unclear";

/** What one series of a run was found to be. */
export interface Finding {
  readonly name: string;
  readonly answer: Answer;
  /** What was seen, and what is allowed. */
  readonly seen: string;
  readonly allowed: string;
}

interface Named {
  readonly name: string;
  readonly unit: string;
}

/** In an hour each is longer than a heap goes without a full collection; fewer would say little. */
const blockCount = 12;

/** Between two full collections of garbage everything grows, and at first a heap takes what it is given. */
const growthHoursMin = 1 / 4;

/** Executors start and clients connect in the first minutes. */
const steadyHoursMin = 1 / 30;

const number = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value * 10) / 10) : value > 0 ? "∞" : "−∞";

export interface TrendLimit {
  readonly perHourMax: number;
  /** Less than this in all is no growth, however steep. */
  readonly least: number;
}

/**
 * Memory: its slope over blocks against a limit an hour. Growing when even the low end of the slope's interval is above
 * the limit, flat when even the high end is below it.
 */
export function checkTrend(points: readonly Point[], { name, unit, perHourMax, least }: Named & TrendLimit): Finding {
  const { perHour, low, high } = theilSen(blocks(points, blockCount, (values) => Math.min(...values)));
  const hours = hoursOf(points);
  const isGrowth = low > perHourMax && low * hours >= least && hours >= growthHoursMin;
  const answer = isGrowth ? "growing" : high <= perHourMax ? "flat" : "unclear";
  const seen = `${number(perHour)} ${unit}/h (95 %: ${number(low)} to ${number(high)})`;
  return { name, answer, seen, allowed: `${perHourMax} ${unit}/h` };
}

/**
 * What is held as long as it is needed, such as descriptors: at the end no more than at the beginning. More is needed
 * while a machine is slow, so that the floor is compared: what is never given back raises it.
 */
export function checkSteady(
  points: readonly Point[],
  { name, unit, allowance }: Named & { readonly allowance: number },
): Finding {
  const [first, last] = [floor(part(points, 0, 0.2)), floor(part(points, 0.8, 1))];
  const isKnown = hoursOf(points) >= steadyHoursMin && Number.isFinite(first) && Number.isFinite(last);
  const answer = !isKnown ? "unclear" : last - first > allowance ? "growing" : "flat";
  const seen = `${number(first)} → ${number(last)}${unit === "" ? "" : ` ${unit}`}`;
  return { name, answer, seen, allowed: `+${allowance} from the first to the last fifth` };
}

export interface Bound {
  /** How long it takes until as much goes as comes. */
  readonly settleHours: number;
  /** What the last third may have above the middle third, in percent of it, */
  readonly percent: number;
  /** and in any case. */
  readonly allowance: number;
}

/** What retention bounds: in the last third no more than in the middle one. Unclear before it can have settled. */
export function checkBounded(
  points: readonly Point[],
  { name, unit, settleHours, percent, allowance }: Named & Bound,
): Finding {
  const [middle, last] = [upper(part(points, 1 / 3, 2 / 3)), upper(part(points, 2 / 3, 1))];
  const allowed = Math.max((middle * percent) / 100, allowance);
  const isSettled = hoursOf(points) >= 3 * settleHours && Number.isFinite(middle + last);
  const answer = !isSettled ? "unclear" : last - middle > allowed ? "growing" : "flat";
  const seen = `${number(middle)} → ${number(last)} ${unit}`;
  return { name, answer, seen, allowed: `+${number(allowed)} ${unit} from the middle to the last third` };
}

function hoursOf(points: readonly Point[]): number {
  return (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
}

function floor(values: readonly number[]): number {
  return quantile(values, 0.1);
}

/** A single peak at a bad moment is no growth. */
function upper(values: readonly number[]): number {
  return quantile(values, 0.9);
}

/** What must not happen at all. */
export function checkNone(name: string, count: number): Finding {
  return { name, answer: count === 0 ? "flat" : "growing", seen: String(count), allowed: "0" };
}
