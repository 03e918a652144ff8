import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolvePolicy } from "../policy/resolved-policy.js";
import { backoffMs, fractionOf } from "./backoff.js";

const backoff = fc.record({
  initialMs: fc.integer({ min: 1, max: 100_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxMs: fc.integer({ min: 0, max: 1_000_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const retry = fc.integer({ min: 1, max: 1_000 });
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("backoffMs", () => {
  it("is a whole number between the part without jitter and the whole delay, which maxMs bounds", () => {
    fc.assert(
      fc.property(backoff, retry, fraction, (policy, n, f) => {
        const ms = backoffMs(policy, n, f);
        const wholeMs = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (n - 1));
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(Math.floor(wholeMs * (1 - policy.jitter)));
        expect(ms).toBeLessThanOrEqual(Math.ceil(wholeMs));
        expect(ms).toBeLessThanOrEqual(policy.maxMs);
      }),
    );
  });

  it("never shrinks from one retry to the next, with the same fraction", () => {
    fc.assert(
      fc.property(backoff, retry, fraction, (policy, n, f) => {
        expect(backoffMs(policy, n + 1, f)).toBeGreaterThanOrEqual(backoffMs(policy, n, f));
      }),
    );
  });

  it("doubles from one second to five minutes for a job", () => {
    const policy = { ...resolvePolicy("job", "a/b").backoff, jitter: 0 };
    const delays = [1, 2, 3, 9, 10, 1_000].map((n) => backoffMs(policy, n, 0));
    expect(delays).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  });

  it("spreads half of a job's delay", () => {
    const policy = resolvePolicy("job", "a/b").backoff;
    expect([0, 0.5, 1].map((f) => backoffMs(policy, 1, f))).toEqual([500, 750, 1_000]);
  });

  it("is nothing for a test", () => {
    const policy = resolvePolicy("test", "a/b").backoff;
    expect([1, 2, 10_000].map((n) => backoffMs(policy, n, 0.9))).toEqual([0, 0, 0]);
  });
});

describe("fractionOf", () => {
  it("is in [0, 1) and the same for the same text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = fractionOf(text);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(fractionOf(text)).toBe(value);
      }),
    );
  });

  it("keeps its values: a replayed run waits as long as the first did", () => {
    expect(fractionOf("")).toBe(0.6689221884589642);
    expect(fractionOf("trial_0123456789abcdefghjkmn_1")).toBe(0.291959889465943);
  });

  it("spreads ids that differ only in their sequence evenly (chi-squared over 64 bins)", () => {
    for (const name of [
      (n: number) => `trial_0123456789abcdefg${n}_1`,
      (n: number) => `${n}`,
      (n: number) => `x_${n % 500}_${n}`,
    ]) {
      const bins = Array.from({ length: 64 }, () => 0);
      const total = 64_000;
      for (let n = 0; n < total; n++) {
        const bin = Math.floor(fractionOf(name(n)) * 64);
        bins[bin] = (bins[bin] as number) + 1;
      }
      const expected = total / bins.length;
      const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 63 degrees of freedom: 103 is the 99.9 % quantile. Far too even would be as suspicious.
      expect(chiSquared).toBeLessThan(103);
    }
  });
});
