/** Maps values to a length on the page. */
export interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** A scale over what there is, with round numbers as ticks, the greatest of which is at the end. */
export function niceScale(range: { readonly least: number; readonly most: number }, pixels: number, count = 5): Scale {
  const span = range.most > range.least ? range.most - range.least : Math.max(1, Math.abs(range.most));
  const tick = niceTick(span / count);
  const first = Math.floor(range.least / tick) * tick;
  const last = Math.max(first + tick, Math.ceil(range.most / tick) * tick);
  const length = Math.round((last - first) / tick);
  return {
    ticks: Array.from({ length: length + 1 }, (_, at) => round(first + at * tick)),
    at: (value) => ((value - first) / (last - first)) * pixels,
  };
}

/** A scale on which each power of ten takes the same room, and 0 is there too: for things of very different sizes. */
export function powerScale(most: number, pixels: number): Scale {
  const powers = Math.max(1, Math.ceil(Math.log10(1 + most)));
  return {
    ticks: Array.from({ length: powers + 1 }, (_, at) => (at === 0 ? 0 : 10 ** at)),
    at: (value) => (Math.log10(1 + Math.max(0, value)) / Math.log10(1 + 10 ** powers)) * pixels,
  };
}

/** The least of 1, 2, 2.5 and 5 times a power of ten that is not below. */
function niceTick(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= least * 0.999) ?? 10);
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}

/** A number as short as people want it: 1.2k, 35M. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${round(value / 1e6)}M`;
  if (size >= 1e4) return `${round(value / 1e3)}k`;
  return String(round(value));
}
