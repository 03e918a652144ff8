import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.js";

const draws = 20_000;

describe("SeededRandom", () => {
  test("gives the same numbers for the same seed, now and in later versions", () => {
    const random = new SeededRandom(42);
    expect(Array.from({ length: 4 }, () => random.bits())).toEqual([2447574668, 83611676, 1450851391, 3172507207]);
    expect(new SeededRandom("42").bits()).toBe(new SeededRandom(42).bits());
    expect(new SeededRandom(43).bits()).not.toBe(new SeededRandom(42).bits());
  });

  test("draws fractions that fill the unit evenly", () => {
    const random = new SeededRandom("fractions");
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < draws; n += 1) buckets[Math.floor(random.fraction() * 10)]! += 1;
    // 5.4 standard deviations; the seed is fixed, so this never fails by chance.
    for (const count of buckets) expect(Math.abs(count - draws / 10)).toBeLessThan(230);
  });

  test("draws whole numbers within bounds, the bounds included", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -1_000, max: 1_000 }), fc.nat(50), (seed, least, span) => {
        const random = new SeededRandom(seed);
        const seen = new Set(Array.from({ length: 50 }, () => random.int(least, least + span)));
        for (const value of seen) expect(value >= least && value <= least + span && Number.isInteger(value)).toBe(true);
      }),
    );
    const random = new SeededRandom(1);
    expect(new Set(Array.from({ length: 100 }, () => random.int(1, 3)))).toEqual(new Set([1, 2, 3]));
    expect(() => random.int(3, 1)).toThrow(RangeError);
  });

  test("picks, shuffles and draws bytes", () => {
    const random = new SeededRandom(7);
    const items = Array.from({ length: 30 }, (_, index) => index);
    const shuffled = random.shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(items).toContain(random.pick(items));
    expect(() => random.pick([])).toThrow("the list is empty");
    expect(new Set(random.bytes(4_000)).size).toBe(256);
    const hits = Array.from({ length: 1_000 }, () => random.chance(0.25)).filter(Boolean).length;
    expect(Math.abs(hits - 250)).toBeLessThan(75);
  });

  test("forks into sources that do not disturb each other", () => {
    const left = new SeededRandom(1);
    const right = new SeededRandom(1);
    left.fraction();
    expect(left.fork("network").bits()).toBe(right.fork("network").bits());
    expect(left.fork("network").bits()).not.toBe(left.fork("disk").bits());
  });
});
