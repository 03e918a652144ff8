import type { Policy, Profile } from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolvePolicy } from "../policy/resolved-policy.js";
import { timeLimitMsMax, timeLimits } from "./time-limit.js";

const job = (policy: Policy = {}) => resolvePolicy("job", "a/b", policy);
const test = (policy: Policy = {}) => resolvePolicy("test", "a/b", policy);
const ms = fc.integer({ min: 1, max: timeLimitMsMax });
const estimate = fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1e10, noNaN: true }));
const doublings = fc.integer({ min: 0, max: 2_000 });
const policy = fc
  .record(
    { timeoutMs: ms, hardTimeoutMs: ms, stopGraceMs: fc.integer({ min: 0, max: 1_000_000 }) },
    { requiredKeys: [] },
  )
  .map((each) => each as Policy);
const profile = fc.constantFrom<Profile>("job", "test");

describe("timeLimits", () => {
  it("lets an explicit timeout win, in both profiles and whatever is known", () => {
    fc.assert(
      fc.property(profile, estimate, doublings, (name, estimateMs, n) => {
        const explicit = resolvePolicy(name, "a/b", { timeoutMs: 1_000 });
        const expected = { softMs: 1_000, hardMs: 6_000, isByEstimate: false };
        expect(timeLimits(explicit, estimateMs, n)).toEqual(expected);
      }),
    );
    expect(timeLimits(job({ timeoutMs: 10, stopGraceMs: 3 }), null, 0).hardMs).toBe(13);
    expect(timeLimits(job({ timeoutMs: 10, hardTimeoutMs: 11 }), null, 0).hardMs).toBe(11);
  });

  it("gives a job 300 s, whatever its past", () => {
    fc.assert(
      fc.property(estimate, doublings, (estimateMs, n) => {
        const expected = { softMs: 300_000, hardMs: 305_000, isByEstimate: false };
        expect(timeLimits(job(), estimateMs, n)).toEqual(expected);
      }),
    );
  });

  it.each([
    [null, 300_000, 330_000],
    [0, 30_000, 60_000],
    [10_000, 30_000, 60_000],
    [15_000, 30_000, 60_000],
    [20_000, 40_000, 70_000],
    [60_000, 120_000, 180_000],
    [1_000.25, 30_000, 60_000],
    [100_000.25, 200_001, 300_001],
  ])("limits a test of an estimate of %s ms to %i and %i ms", (estimateMs, softMs, hardMs) => {
    expect(timeLimits(test(), estimateMs, 0)).toEqual({ softMs, hardMs, isByEstimate: true });
  });

  it("doubles the limits of a test after each timeout, up to the longest there is", () => {
    expect(timeLimits(test(), null, 2)).toEqual({ softMs: 1_200_000, hardMs: 1_320_000, isByEstimate: true });
    expect(timeLimits(test(), 1, 5_000)).toEqual({
      softMs: timeLimitMsMax,
      hardMs: timeLimitMsMax,
      isByEstimate: true,
    });
  });

  it("caps the soft limit by an explicit hard one", () => {
    expect(timeLimits(job({ hardTimeoutMs: 7_000 }), null, 0)).toMatchObject({ softMs: 7_000, hardMs: 7_000 });
    expect(timeLimits(test({ hardTimeoutMs: 7_000 }), 1, 3)).toMatchObject({ softMs: 7_000, hardMs: 7_000 });
  });

  it("is whole, positive and bounded, and hard is never below soft", () => {
    fc.assert(
      fc.property(fc.tuple(profile, policy), estimate, doublings, ([name, given], estimateMs, n) => {
        const { softMs, hardMs } = timeLimits(resolvePolicy(name, "a/b", given), estimateMs, n);
        expect(Number.isSafeInteger(softMs) && Number.isSafeInteger(hardMs)).toBe(true);
        expect(softMs).toBeGreaterThan(0);
        expect(hardMs).toBeGreaterThanOrEqual(softMs);
        expect(hardMs).toBeLessThanOrEqual(timeLimitMsMax + 1_000_000);
      }),
    );
  });

  it("grows with the estimate and with the doublings", () => {
    const known = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(known, known, fc.nat(20), (a, b, n) => {
        const less = timeLimits(test(), Math.min(a, b), n);
        const more = timeLimits(test(), Math.max(a, b), n);
        const doubled = timeLimits(test(), Math.min(a, b), n + 1);
        for (const greater of [more, doubled]) {
          expect(greater.softMs).toBeGreaterThanOrEqual(less.softMs);
          expect(greater.hardMs).toBeGreaterThanOrEqual(less.hardMs);
        }
      }),
    );
  });
});
