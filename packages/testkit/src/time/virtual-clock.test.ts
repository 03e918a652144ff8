import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

describe("VirtualClock", () => {
  test("stands still until it is advanced, and keeps both times together", async () => {
    const clock = new VirtualClock({ wallMs: 1_000_000, monotonicMs: 5 });
    await clock.advance(250);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([255, 1_000_250]);
    clock.shiftWall(-1_000);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([255, 999_250]);
    await clock.advance(0.7);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([255.7, 999_250]);
  });

  test("fires timers at their own time, in the order of time and then of setting", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} at ${clock.monotonicMs()}`);
    clock.setTimer(20, note("c"));
    clock.setTimer(10, note("a"));
    clock.setTimer(10, note("b"));
    clock.setTimer(31, note("never"));
    await clock.advance(30);
    expect(fired).toEqual(["a at 10", "b at 10", "c at 20"]);
    expect([clock.monotonicMs(), clock.nextTimerMs, clock.timerCount]).toEqual([30, 1, 1]);
  });

  test("fires timers that were set meanwhile, also through promises", async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
    const loop = (async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        await sleep(100);
        await Promise.resolve();
        fired.push(clock.monotonicMs());
      }
    })();
    await clock.advance(1_000);
    await loop;
    expect(fired).toEqual([100, 200, 300, 400, 500]);
  });

  test("forgets cancelled timers", async () => {
    const clock = new VirtualClock();
    const timer = clock.setTimer(10, () => expect.unreachable("it was cancelled"));
    const other = clock.setTimer(10, () => timer.cancel());
    other.cancel();
    timer.cancel();
    expect([clock.nextTimerMs, clock.timerCount]).toEqual([undefined, 0]);
    await clock.advance(100);
  });

  test("a timer may cancel another one of the same time", async () => {
    const clock = new VirtualClock();
    let isFired = false;
    clock.setTimer(10, () => later.cancel());
    const later = clock.setTimer(10, () => (isFired = true));
    await clock.advance(10);
    expect(isFired).toBe(false);
  });

  test("goes from timer to timer", async () => {
    const clock = new VirtualClock();
    clock.setTimer(3_600_000, () => {});
    expect(await clock.advanceToNextTimer()).toBe(3_600_000);
    expect(await clock.advanceToNextTimer()).toBeUndefined();
    expect(clock.monotonicMs()).toBe(3_600_000);
  });

  test("goes on until something has happened, or cannot happen any more", async () => {
    const clock = new VirtualClock();
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
    const work = async () => {
      for (let turn = 0; turn < 3; turn += 1) await sleep(1_000);
      return "done";
    };
    expect(await clock.advanceUntil(work())).toBe("done");
    expect(clock.monotonicMs()).toBe(3_000);
    await expect(clock.advanceUntil(sleep(10).then(() => Promise.reject(new Error("failed"))))).rejects.toThrow(
      "failed",
    );
    await expect(clock.advanceUntil(new Promise(() => {}))).rejects.toThrow("no timer is set");
    const outside = new Promise((resolve) => setTimeout(resolve, 5, "came"));
    expect(await clock.advanceUntil(outside, 1)).toBe("came");
  });

  test("throws what a timer throws, at its time, and can go on", async () => {
    const clock = new VirtualClock();
    clock.setTimer(10, () => {
      throw new Error("broken timer");
    });
    await expect(clock.advance(100)).rejects.toThrow("broken timer");
    expect(clock.monotonicMs()).toBe(10);
    await clock.advance(1);
  });

  test("refuses to go back, and to be advanced twice at once", async () => {
    const clock = new VirtualClock();
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow("advancing already");
    await first;
  });

  test("fires every timer that was not cancelled once, in order, whatever is set and cancelled", async () => {
    const plan = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 50 }), isCancelled: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(plan, async (timers) => {
        const clock = new VirtualClock({ settle: async () => {} });
        const fired: number[] = [];
        const set = timers.map(({ delayMs }, index) => clock.setTimer(delayMs, () => fired.push(index)));
        for (const [index, { isCancelled }] of timers.entries()) if (isCancelled) set[index]?.cancel();
        await clock.advance(50);
        const expected = timers
          .map((timer, index) => ({ ...timer, index }))
          .filter(({ isCancelled }) => !isCancelled)
          .toSorted((left, right) => left.delayMs - right.delayMs || left.index - right.index);
        expect(fired).toEqual(expected.map(({ index }) => index));
      }),
    );
  });
});
