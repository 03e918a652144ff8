import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etaMs, type WaitingWork } from "./eta.js";

const ms = fc.integer({ min: 0, max: 10_000 });
const work = fc.integer({ min: 1, max: 8 }).chain((slots) =>
  fc.record({
    remaining: fc.array(ms, { maxLength: 40 }),
    running: fc.array(ms, { maxLength: slots }),
    slots: fc.constant(slots),
  }),
);
const nothing: WaitingWork = { knownMs: 0, longestMs: 0, unknown: 0, meanMs: null };

describe("etaMs", () => {
  it("is a bound that no schedule beats, and that a schedule without idle slots misses by less than a factor of 2", () => {
    fc.assert(
      fc.property(work, (left) => {
        const eta = etaMs(left) as number;
        const takenMs = runInOrder([...left.running, ...left.remaining], left.slots);
        expect(eta).toBeLessThanOrEqual(takenMs + 1e-6);
        expect(takenMs).toBeLessThanOrEqual((2 - 1 / left.slots) * eta + 1e-6);
      }),
    );
  });

  it("says the same of a list and of its sum", () => {
    fc.assert(
      fc.property(work, ({ remaining, running, slots }) => {
        const knownMs = remaining.reduce((a, b) => a + b, 0);
        const sum = { knownMs, longestMs: Math.max(0, ...remaining), unknown: 0, meanMs: null };
        expect(etaMs({ remaining: sum, running, slots })).toBe(etaMs({ remaining, running, slots }));
      }),
    );
  });

  it("does not grow with more slots, nor shrink with more work", () => {
    fc.assert(
      fc.property(work, ms, (left, moreMs) => {
        const eta = etaMs(left) as number;
        expect(etaMs({ ...left, slots: left.slots + 1 })).toBeLessThanOrEqual(eta);
        expect(etaMs({ ...left, remaining: [...left.remaining, moreMs] })).toBeGreaterThanOrEqual(eta);
      }),
    );
  });

  it("takes a task of unknown length for an average one", () => {
    const remaining = { knownMs: 1_000, longestMs: 600, unknown: 4, meanMs: 500 };
    expect(etaMs({ remaining, running: [200], slots: 4 })).toBe(800);
    expect(etaMs({ remaining, running: [200], slots: 100 })).toBe(600);
    expect(etaMs({ remaining: { ...remaining, longestMs: 100 }, running: [], slots: 100 })).toBe(500);
  });

  it("says nothing without a slot, or without anything to go by", () => {
    expect(etaMs({ remaining: [1], running: [], slots: 0 })).toBeNull();
    expect(etaMs({ remaining: { ...nothing, unknown: 1 }, running: [], slots: 3 })).toBeNull();
  });

  it("is 0 when nothing is left, slots or none", () => {
    expect(etaMs({ remaining: [], running: [], slots: 0 })).toBe(0);
    expect(etaMs({ remaining: nothing, running: [], slots: 2 })).toBe(0);
  });

  it("gives no credit for a trial past its estimate", () => {
    expect(etaMs({ remaining: [100, 100], running: [-1_000], slots: 1 })).toBe(200);
  });
});

/** How long it takes when each task goes to the slot that is free first. */
function runInOrder(tasks: readonly number[], slots: number): number {
  const freeAtMs = Array.from({ length: slots }, () => 0);
  for (const task of tasks) {
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    freeAtMs[first] = (freeAtMs[first] as number) + task;
  }
  return Math.max(...freeAtMs);
}
