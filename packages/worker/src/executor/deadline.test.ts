import { describe, expect, it } from "vitest";
import type { Clock } from "@capstan/protocol";
import { Deadline, stoppedMessage, stoppedStatus } from "./deadline.js";

/** A clock whose timers fire when it is moved. */
function movableClock(): Clock & { go(ms: number): void; readonly armed: number } {
  let nowMs = 0;
  const timers = new Map<() => void, number>();
  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    setTimer(delayMs, fire) {
      const timer = (): void => fire();
      timers.set(timer, nowMs + delayMs);
      return { cancel: () => void timers.delete(timer) };
    },
    get armed() {
      return timers.size;
    },
    go(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const next = [...timers].toSorted(([, a], [, b]) => a - b)[0];
        if (!next || next[1] > untilMs) break;
        timers.delete(next[0]);
        nowMs = next[1];
        next[0]();
      }
      nowMs = untilMs;
    },
  };
}

function bed(limits = { softMs: 100, hardMs: 130, stopGraceMs: 50, outputBytesMax: 0 }) {
  const clock = movableClock();
  const calls: string[] = [];
  const actions = {
    soft: (reason: string, graceMs: number) => void calls.push(`soft ${reason} ${graceMs} at ${clock.monotonicMs()}`),
    hard: (reason: string) => void calls.push(`hard ${reason} at ${clock.monotonicMs()}`),
  };
  return { clock, calls, deadline: new Deadline(limits, actions, clock) };
}

describe("a deadline", () => {
  it("asks at the soft limit and kills at the hard one", () => {
    const { clock, calls } = bed();
    clock.go(99);
    expect(calls).toEqual([]);
    clock.go(1_000);
    expect(calls).toEqual(["soft timeout 30 at 100", "hard timeout at 130"]);
    expect(clock.armed).toBe(0);
  });

  it("does nothing once it is over", () => {
    const { clock, calls, deadline } = bed();
    deadline.end();
    deadline.stop("cancel");
    clock.go(1_000);
    expect([calls, clock.armed]).toEqual([[], 0]);
  });

  it("is brought forward by a stop, with the grace of its limits", () => {
    const { clock, calls, deadline } = bed();
    clock.go(10);
    deadline.stop("cancel");
    clock.go(1_000);
    expect(calls).toEqual(["soft cancel 50 at 10", "hard cancel at 60"]);
  });

  it("is never put off by a stop", () => {
    const { clock, calls, deadline } = bed();
    clock.go(90);
    deadline.stop("pause", 60_000);
    clock.go(100_000);
    expect(calls).toEqual(["soft pause 40 at 90", "hard pause at 130"]);
  });

  it("keeps the first reason and the earliest kill", () => {
    const { clock, calls, deadline } = bed();
    deadline.stop("pause", 40);
    deadline.stop("cancel", 90);
    deadline.stop("shutdown", 20);
    clock.go(1_000);
    expect(calls).toEqual(["soft pause 40 at 0", "hard pause at 20"]);
    expect(deadline.reason).toBe("pause");
  });

  it("kills at once without a grace, asking first all the same", () => {
    const { calls, deadline } = bed();
    deadline.stop("lease", 0);
    deadline.stop("cancel", 0);
    expect(calls).toEqual(["soft lease 0 at 0", "hard lease at 0"]);
  });

  it("says what became of the trial", () => {
    const limits = { softMs: 7, hardMs: 9, stopGraceMs: 1, outputBytesMax: 0 };
    expect([stoppedStatus("timeout"), stoppedStatus("twin")]).toEqual(["timeout", "cancelled"]);
    expect(stoppedMessage("timeout", limits, true)).toContain("7 ms and was killed");
    expect(stoppedMessage("twin", limits, false)).toBe("the trial was asked to stop (twin) and ended");
  });
});
