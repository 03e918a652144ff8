import { partPattern } from "@capstan/adapter";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FileRecord } from "./file-record.js";
import { recordOf } from "./read-records.js";
import { scheduleMs } from "./schedule.js";
import { shareExamples } from "./share-examples.js";
import { dominatingFiles, planSplits, type SplitPlan } from "./split-plan.js";

function record(durations: readonly number[], facts: Partial<FileRecord> = {}): FileRecord {
  const examples = durations.map((durationMs, at) => ({ id: `example ${at}`, durationMs }));
  return { examples, loadMs: 100, isIndivisible: false, ...facts };
}

const even = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

function suite(lengths: Readonly<Record<string, number | undefined>>, slots: number) {
  return { files: new Map(Object.entries(lengths)), slots };
}

function estimates(plan: SplitPlan, file: string): number[] | undefined {
  return plan.get(file)?.map(({ estimateMs }) => estimateMs);
}

describe("a file dominates", () => {
  test("when it takes longer than an even share of all", () => {
    expect(dominatingFiles(suite({ long: 10_000, a: 3_000, b: 3_000 }, 2))).toEqual(["long"]);
    expect(dominatingFiles(suite({ long: 10_000, a: 5_000, b: 5_000 }, 2))).toEqual([]);
    // One of unknown length is taken for an average one.
    expect(dominatingFiles(suite({ long: 10_000, a: 2_000, b: undefined }, 2))).toEqual(["long"]);
    expect(dominatingFiles(suite({ long: 10_000, a: 4_000, b: undefined, c: undefined }, 2))).toEqual([]);
  });

  test("neither on one slot nor when nothing is known", () => {
    expect(dominatingFiles(suite({ long: 10_000, a: 1 }, 1))).toEqual([]);
    expect(dominatingFiles(suite({ long: undefined, a: undefined }, 4))).toEqual([]);
    expect(dominatingFiles(suite({}, 4))).toEqual([]);
  });
});

describe("a suite", () => {
  test("is split so that no file takes longer than an even share, in as few parts as that takes", () => {
    const others = Object.fromEntries(even(40, 250).map((ms, at) => [`short ${at}`, ms]));
    const plan = planSplits(suite({ long: 10_100, ...others }, 4), new Map([["long", record(even(20, 500))]]));
    expect(estimates(plan, "long")?.toSorted()).toEqual([3_100, 3_600, 3_600]);
  });

  test("is split in smaller parts where those of an even share leave slots idle", () => {
    const records = new Map(["a", "b", "c"].map((file) => [file, record(even(100, 100))]));
    const plan = planSplits(suite({ a: 10_100, b: 10_100, c: 10_100 }, 4), records);
    const lengths = [...plan.values()].flat().map(({ estimateMs }) => estimateMs);
    expect(scheduleMs(lengths, 4)).toBeLessThan(8_400);
  });

  test("is not split when little is saved, a single example takes the time, or loading does", () => {
    const short = suite({ long: 1_100, a: 100 }, 2);
    expect(planSplits(short, new Map([["long", record(even(10, 100))]])).size).toBe(0);
    const single = suite({ long: 10_100, a: 100 }, 2);
    expect(planSplits(single, new Map([["long", record([9_900, 50, 50])]])).size).toBe(0);
    expect(planSplits(single, new Map([["long", record(even(10, 10), { loadMs: 10_000 })]])).size).toBe(0);
  });

  test("is not split by a file that cannot be, that is not recorded, or that got shorter", () => {
    const long = suite({ long: 10_100, a: 1_000 }, 2);
    expect(planSplits(long, new Map([["long", record(even(10, 1_000))]])).size).toBe(1);
    expect(planSplits(long, new Map([["long", record(even(10, 1_000), { isIndivisible: true })]])).size).toBe(0);
    expect(planSplits(long, new Map()).size).toBe(0);
    expect(planSplits(long, new Map([["long", record(even(10, 50))]])).size).toBe(0);
  });

  test("ends sooner when it is split, and no file has more parts than there are slots", () => {
    const durations = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(durations, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 2, max: 8 }),
        (files, slots) => {
          const records = new Map(files.map((each, at) => [`${at}`, record(each)]));
          const whole = files.map((each) => each.reduce((sum, ms) => sum + ms, 100));
          const plan = planSplits({ files: new Map(whole.map((ms, at) => [`${at}`, ms])), slots }, records);
          const lengths = whole.filter((_, at) => !plan.has(`${at}`));
          const parts = [...plan.values()].flat().map(({ estimateMs }) => estimateMs);
          const savedMs = scheduleMs(whole, slots) - scheduleMs([...lengths, ...parts], slots);
          if (plan.size > 0) expect(savedMs).toBeGreaterThanOrEqual(1_000);
          for (const each of plan.values()) expect(each.length).toBeLessThanOrEqual(slots);
        },
      ),
    );
  });
});

describe("the parts of a file", () => {
  const names = fc.constantFrom("a", "a #2", "A", "b", "b c", "b #2 #3", "(.*)", "…", "x\ny");
  const files = fc.uniqueArray(fc.record({ id: names, durationMs: fc.nat(100) }), { selector: ({ id }) => id });

  test("have every example in one of them, also those that nobody knew of", () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 2, max: 8 }), fc.array(names), (examples, partsMax, later) => {
        const parts = shareExamples({ examples, loadMs: 0, isIndivisible: false }, 20, partsMax);
        if (parts === undefined) return;
        for (const flags of ["", "i"]) {
          const patterns = parts.map(({ part }) => new RegExp(partPattern(part).source, flags));
          for (const id of [...examples.map((each) => each.id), ...later, "new"])
            expect([id, patterns.filter((pattern) => pattern.test(id)).length]).toEqual([id, 1]);
        }
        const lists = parts.flatMap(({ part }) => part.only ?? []);
        expect(parts.at(-1)!.part.except).toEqual(lists);
        expect(new Set(lists).size).toBe(lists.length);
      }),
    );
  });

  test("are none where their lists would be longer than an input may be", () => {
    expect(shareExamples(record(even(10_001, 1)), 100, 8)).toBe(undefined);
    const examples = Array.from({ length: 600 }, (_, at) => ({ id: `${at} ${"x".repeat(2_000)}`, durationMs: 10 }));
    expect(shareExamples(record([], { examples }), 100, 8)).toBe(undefined);
  });
});

describe("the record of a file", () => {
  const example = (id: string, durationMs: number) => ({ id, name: id, status: "passed" as const, durationMs });

  test("is of all of its parts, and what they take beside their examples is what the file takes to load", () => {
    const reports = [
      { examples: [example("a", 100)], durationMs: 1_100 },
      { examples: [example("b", 300), example("c", 0)], durationMs: 2_500, loadMs: 2_000 },
    ];
    expect(recordOf(reports)).toEqual({
      examples: [
        { id: "a", durationMs: 100 },
        { id: "b", durationMs: 300 },
        { id: "c", durationMs: 0 },
      ],
      loadMs: 200,
      isIndivisible: false,
    });
  });

  test("gives examples that ran side by side what they took together", () => {
    const reports = [{ examples: [example("a", 1_000), example("b", 1_000)], durationMs: 1_000 }];
    expect(recordOf(reports)?.examples.map(({ durationMs }) => durationMs)).toEqual([500, 500]);
    expect(recordOf([{ examples: [], durationMs: 5 }])).toBe(undefined);
  });
});
