import { describe, expect, it } from "vitest";
import { blocks, median, part, quantile, theilSen } from "./statistic.js";

describe("the slope of Theil and Sen", () => {
  it("is that of a line, and sure of it", () => {
    const line = Array.from({ length: 10 }, (_, at) => ({ x: at, y: 3 * at + 7 }));
    expect(theilSen(line)).toEqual({ perHour: 3, low: 3, high: 3 });
  });

  it("does not follow outliers", () => {
    const line = Array.from({ length: 21 }, (_, at) => ({ x: at, y: at % 7 === 0 ? 1_000 : 2 * at }));
    expect(theilSen(line).perHour).toBeCloseTo(2);
  });

  it("is sure of nothing with two points, or with all at one time", () => {
    const unsure = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    expect(
      theilSen([
        { x: 0, y: 0 },
        { x: 1, y: 5 },
      ]),
    ).toMatchObject(unsure);
    expect(theilSen(Array.from({ length: 9 }, (_, y) => ({ x: 1, y })))).toMatchObject(unsure);
  });
});

describe("blocks", () => {
  it("give one point for each part of the time in which there is something", () => {
    const points = [0, 1, 2, 7, 8].map((x) => ({ x, y: 10 - x }));
    expect(blocks(points, 4, (values) => Math.min(...values))).toEqual([
      { x: 1, y: 9 },
      { x: 3, y: 8 },
      { x: 7, y: 2 },
    ]);
    expect(blocks([], 4, median)).toEqual([]);
  });
});

describe("a part and its quantiles", () => {
  it("are by time, not by number of points", () => {
    const points = [0, 1, 2, 3, 4, 100].map((x) => ({ x, y: x }));
    expect(part(points, 0, 0.5)).toEqual([0, 1, 2, 3, 4]);
    expect(part(points, 0.5, 1)).toEqual([100]);
  });

  it("are interpolated", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([0, 10], 0.9)).toBe(9);
    expect(median([])).toBeNaN();
  });
});
