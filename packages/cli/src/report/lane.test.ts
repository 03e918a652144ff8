import type { TaskView, TrialView } from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layOut, spanOf, type Span } from "./lane.js";

const task = { id: "task_1", key: "a.js" } as TaskView;
const at = { launchedAtMs: 1_000, nowMs: 1_900 };

function span(workerName: string, grantedAtMs: number, endedAtMs?: number): Span {
  const ended = endedAtMs === undefined ? {} : { endedAtMs, durationMs: endedAtMs - grantedAtMs };
  return spanOf(task, { workerName, grantedAtMs, ...ended } as TrialView, at);
}

describe("the timeline", () => {
  test("begins a trial when its code began, and ends one that runs now", () => {
    const trial = { grantedAtMs: 1_100, endedAtMs: 1_500, durationMs: 300 } as TrialView;
    expect(spanOf(task, trial, at)).toMatchObject({ grantedMs: 100, startMs: 200, endMs: 500 });
    expect(span("a", 1_200)).toMatchObject({ startMs: 200, endMs: 900 });
    // A worker that measures longer than the engine saw it has it, and a clock that was set back.
    expect(spanOf(task, { ...trial, durationMs: 9_000 }, at)).toMatchObject({ startMs: 100, endMs: 500 });
    expect(span("a", 200, 300)).toMatchObject({ grantedMs: 0, startMs: 0, endMs: 0 });
  });

  test("has the workers in the order of their numbers, each with as many lanes as ran there at once", () => {
    const spans = [
      span("w10", 1_000, 1_200),
      span("w2", 1_000, 1_400),
      span("w2", 1_100, 1_200),
      span("w2", 1_200, 1_300),
    ];
    const laid = layOut(spans).map(({ worker, lanes }) => [worker, lanes.map((lane) => lane.length)]);
    expect(laid).toEqual([
      ["w2", [1, 2]],
      ["w10", [1]],
    ]);
  });

  test("puts every trial in one lane, in which none meets another", () => {
    const times = fc.tuple(fc.integer({ min: 1_000, max: 2_000 }), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(fc.array(times, { maxLength: 60 }), (list) => {
        const spans = list.map(([start, ms]) => span("w", start, start + ms));
        const lanes = layOut(spans).flatMap((worker) => worker.lanes);
        expect(new Set(lanes.flat())).toEqual(new Set(spans));
        for (const lane of lanes)
          for (const [n, each] of lane.entries())
            if (n > 0) expect(lane[n - 1]!.endMs).toBeLessThanOrEqual(each.grantedMs);
      }),
    );
  });
});
