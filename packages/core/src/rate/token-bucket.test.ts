import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.js";

const limit = fc.integer({ min: 1, max: 20 });
const perMs = fc.integer({ min: 1, max: 500 });
/** Waits that are no whole ms, so that sums are rounded. */
const waitMs = (mostMs: number) => fc.integer({ min: 0, max: mostMs * 7 }).map((sevenths) => sevenths / 7);
const steps = fc.array(waitMs(120), { maxLength: 200, size: "max" });

/** Whether some window [t, t + perMs) holds more than `most` of the grants, which are in order. */
function isExceeded(grants: readonly number[], most: number, window: number): boolean {
  return grants.some((atMs, at) => {
    const later = grants[at + most];
    return later !== undefined && atMs + window > later;
  });
}

describe("TokenBucket", () => {
  it("never grants more than its limit in any window, however it is asked", () => {
    fc.assert(
      fc.property(limit, perMs, steps, (most, window, waits) => {
        const bucket = new TokenBucket(most, window, 0);
        const grants: number[] = [];
        let nowMs = 0;
        for (const wait of waits) {
          nowMs += wait;
          while (bucket.canTake(nowMs)) grants.push(bucket.take(nowMs));
        }
        expect(isExceeded(grants, most, window)).toBe(false);
      }),
    );
  });

  it("refuses only what would exceed its limit", () => {
    fc.assert(
      fc.property(limit, perMs, steps, (most, window, waits) => {
        const bucket = new TokenBucket(most, window, 0);
        const grants: number[] = [];
        let nowMs = 0;
        for (const wait of waits) {
          nowMs += wait;
          const free = most - grants.filter((atMs) => atMs + window > nowMs).length;
          expect(bucket.available(nowMs)).toBe(free);
          expect(bucket.canTake(nowMs)).toBe(free > 0);
          if (free > 0) grants.push(bucket.take(nowMs));
        }
      }),
    );
  });

  it("is ready exactly when it says so", () => {
    fc.assert(
      fc.property(limit, perMs, steps, (most, window, waits) => {
        const bucket = new TokenBucket(most, window, 0);
        let nowMs = 0;
        for (const wait of waits) {
          nowMs += wait;
          const readyAtMs = bucket.readyAtMs(nowMs);
          expect(readyAtMs === nowMs).toBe(bucket.canTake(nowMs));
          if (readyAtMs > nowMs)
            expect(bucket.canTake((nowMs + readyAtMs) / 2)).toBe((nowMs + readyAtMs) / 2 >= readyAtMs);
          nowMs = readyAtMs;
          expect(bucket.canTake(nowMs)).toBe(true);
          bucket.take(nowMs);
        }
      }),
    );
  });

  it("holds a large limit too, within 0.1 % of its throughput", () => {
    const [most, window] = [50_000, 1_000];
    const bucket = new TokenBucket(most, window, 0);
    const grants: number[] = [];
    for (let nowMs = 0; nowMs < 10 * window; nowMs += 0.37) {
      for (let n = 0; n < 23 && bucket.canTake(nowMs); n++) grants.push(bucket.take(nowMs));
    }
    expect(isExceeded(grants, most, window)).toBe(false);
    expect(grants.length).toBeGreaterThan(10 * most * 0.998);
  });

  it("holds large limits that are asked for at random", () => {
    // Waits of null last until the bucket is ready: the instant at which it would grant too much if it ever did.
    const wait = fc.oneof({ weight: 5, arbitrary: waitMs(3) }, waitMs(200));
    const asks = fc.array(fc.tuple(fc.option(wait, { freq: 5 }), fc.integer({ min: 1, max: 900 })), {
      maxLength: 200,
      size: "max",
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1_025, max: 3_000 }),
        fc.integer({ min: 100, max: 2_000 }),
        asks,
        (most, window, list) => {
          const bucket = new TokenBucket(most, window, 0);
          const grants: number[] = [];
          let nowMs = 0;
          for (const [wait, wanted] of list) {
            nowMs = wait === null ? bucket.readyAtMs(nowMs) : nowMs + wait;
            for (let n = 0; n < wanted && bucket.canTake(nowMs); n++) grants.push(bucket.take(nowMs));
          }
          expect(isExceeded(grants, most, window)).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("takes grants back without granting too much for it", () => {
    const moves = fc.array(fc.tuple(waitMs(60), fc.option(fc.nat(), { freq: 3 })), { maxLength: 150, size: "max" });
    fc.assert(
      fc.property(limit, perMs, moves, (most, window, list) => {
        const bucket = new TokenBucket(most, window, 0);
        const grants: number[] = [];
        let nowMs = 0;
        for (const [wait, undo] of list) {
          nowMs += wait;
          if (undo === null) {
            if (bucket.canTake(nowMs)) grants.push(bucket.take(nowMs));
          } else if (grants.length > 0) bucket.giveBack(grants.splice(undo % grants.length, 1)[0] as number);
          const free = most - grants.filter((atMs) => atMs + window > nowMs).length;
          expect(bucket.available(nowMs)).toBe(free);
        }
        expect(isExceeded(grants, most, window)).toBe(false);
      }),
    );
  });

  it("counts grants beyond its limit, so that later ones wait for them", () => {
    const bucket = new TokenBucket(1, 100, 0);
    bucket.take(0);
    bucket.take(10);
    bucket.take(20);
    expect(bucket.available(50)).toBe(0);
    expect(bucket.readyAtMs(50)).toBe(120);
    expect(bucket.canTake(119.9)).toBe(false);
    expect(bucket.canTake(120)).toBe(true);
  });

  it("is idle once the last of its grants no longer counts", () => {
    const bucket = new TokenBucket(3, 1_000, 0);
    expect(bucket.idleAtMs(50)).toBe(50);
    bucket.take(100);
    bucket.take(700);
    expect(bucket.idleAtMs(800)).toBe(1_700);
    expect(bucket.idleAtMs(1_700)).toBe(1_700);
  });

  it("does not go back with a clock that does", () => {
    const bucket = new TokenBucket(1, 100, 1_000);
    expect(bucket.take(10)).toBe(1_000);
    expect(bucket.canTake(500)).toBe(false);
    expect(bucket.readyAtMs(1_000)).toBe(1_100);
  });

  it("applies a new limit to what was granted before", () => {
    const bucket = new TokenBucket(3, 100, 0);
    for (const atMs of [0, 10, 20]) bucket.take(atMs);
    bucket.reconfigure(5, 100, 30);
    expect(bucket.available(30)).toBe(2);
    bucket.reconfigure(1, 100, 30);
    expect(bucket.readyAtMs(30)).toBe(120);
    bucket.reconfigure(3, 50, 30);
    expect(bucket.readyAtMs(30)).toBe(50);
  });

  it("refuses a limit below 1, and keeps the one it has", () => {
    const bucket = new TokenBucket(2, 100, 0);
    for (const [most, window] of [
      [0, 100],
      [1, 0],
      [Number.NaN, 1],
    ] as const) {
      expect(() => bucket.reconfigure(most, window, 0)).toThrow(expect.objectContaining({ code: "internal" }));
    }
    expect(bucket.available(0)).toBe(2);
  });
});
