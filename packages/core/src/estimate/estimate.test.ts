import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learn, raiseAfterTimeout, type Estimate } from "./estimate.js";

const duration = fc.double({ min: 0, max: 1e9, noNaN: true });

function learnAll(durations: readonly number[]): Estimate | undefined {
  return durations.reduce<Estimate | undefined>((estimate, each) => learn(estimate, each), undefined);
}

describe("learn", () => {
  it("takes the first duration as it is", () => {
    fc.assert(
      fc.property(duration, (ms) => {
        expect(learn(undefined, ms)).toEqual({ meanMs: ms, deviationMs: ms / 2, samples: 1 });
      }),
    );
  });

  it("keeps the mean between the least and the greatest duration, and counts them", () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 50 }), (durations) => {
        const { meanMs, deviationMs, samples } = learnAll(durations) as Estimate;
        const [least, greatest] = [Math.min(...durations), Math.max(...durations)];
        expect(meanMs).toBeGreaterThanOrEqual(least);
        expect(meanMs).toBeLessThanOrEqual(greatest);
        expect(deviationMs).toBeGreaterThanOrEqual(0);
        expect(deviationMs).toBeLessThanOrEqual(Math.max(greatest - least, (durations[0] as number) / 2));
        expect(samples).toBe(durations.length);
      }),
    );
  });

  it("weighs the first four durations alike", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 4 }), (durations) => {
        const sum = durations.reduce((a, b) => a + b, 0);
        expect(learnAll(durations)?.meanMs).toBeCloseTo(sum / durations.length, 6);
      }),
    );
  });

  it("moves to the new length after a change, and grows sure of it", () => {
    const before = learnAll(Array.from({ length: 50 }, () => 1_000)) as Estimate;
    expect(before.meanMs).toBe(1_000);
    expect(before.deviationMs).toBeLessThan(1);
    const after = [3_000, 3_000, 3_000, 3_000].reduce(learn, before);
    expect(after.meanMs).toBeGreaterThan(2_300);
    expect(after.deviationMs).toBeGreaterThan(500);
  });

  it("refuses what is no duration", () => {
    for (const ms of [-1, Number.NaN, Infinity]) {
      expect(() => learn(undefined, ms)).toThrow(expect.objectContaining({ code: "internal" }));
      expect(() => raiseAfterTimeout(undefined, ms)).toThrow(expect.objectContaining({ code: "internal" }));
    }
  });
});

describe("raiseAfterTimeout", () => {
  it("raises the mean to at least the limit and never lowers it", () => {
    fc.assert(
      fc.property(fc.array(duration, { maxLength: 10 }), duration, (durations, limitMs) => {
        const before = learnAll(durations);
        const raised = raiseAfterTimeout(before, limitMs);
        expect(raised.meanMs).toBe(Math.max(before?.meanMs ?? 0, limitMs));
        expect(raised.samples).toBe(durations.length);
        expect(raiseAfterTimeout(raised, limitMs)).toEqual(raised);
      }),
    );
  });

  it("is replaced by the first success when it is all that is known", () => {
    expect(learn(raiseAfterTimeout(undefined, 300_000), 400_000)).toEqual(learn(undefined, 400_000));
  });
});
