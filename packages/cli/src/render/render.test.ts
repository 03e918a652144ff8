import { describe, expect, test } from "vitest";
import type { TaskView, TasksetView } from "@capstan/protocol";
import { styleFor } from "../io/style.js";
import { oneLine, safeLine } from "./control.js";
import { failureLines } from "./failure.js";
import { factLines } from "./facts.js";
import { plainProgressLine, progressLines } from "./progress.js";
import { ago, bytes, duration, elapsed } from "./quantity.js";
import { tableLines, tabLines, type Column } from "./table.js";
import { taskColumns, taskLines } from "./task.js";
import { tasksetColumns } from "./taskset.js";
import { cut, pad, shellQuote, width } from "./text.js";

const style = styleFor({}, {});
const colour = styleFor({ isTTY: true }, {});
const terminal = { style, columns: 60, rows: 24, isTerminal: true };
const pipe = { ...terminal, isTerminal: false };

describe("quantities", () => {
  test.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [1_000, "1.0 s"],
    [59_949, "59.9 s"],
    [59_951, "1m 00s"],
    [65_000, "1m 05s"],
    [3_599_600, "1h 00m"],
    [7_800_000, "2h 10m"],
    [5 * 86_400_000 + 3 * 3_600_000, "5d 3h"],
  ])("%d ms are %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test("bytes, elapsed times and moments", () => {
    expect([0, 1_023, 1_024, 1_536 * 1_024, 1024 ** 3 - 1].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 MiB",
      "1.0 GiB",
    ]);
    expect([-5, 999, 59_000, 61_000].map(elapsed)).toEqual(["0s", "0s", "59s", "1m 01s"]);
    expect([0, -500, 90_000, -7_200_000, 86_400_000 * 3].map((ms) => ago(1e12 - ms, 1e12))).toEqual([
      "now",
      "now",
      "1m ago",
      "in 2h",
      "3d ago",
    ]);
  });
});

describe("text", () => {
  test("knows how wide it is, whatever it is made of", () => {
    expect(["abc", "日本", "e\u0301", colour.red("ab"), "🙂"].map(width)).toEqual([3, 4, 1, 2, 2]);
    expect(cut("日本語", 5)).toBe("日本…");
    expect(cut("abc", 3)).toBe("abc");
    expect(pad("日本", 6)).toBe("日本  ");
    expect(pad("7", 3, true)).toBe("  7");
  });

  test("from outside cannot move the cursor, set a title or break a line", () => {
    expect(oneLine("a\nb\u001b[2J\u001b]0;title\u0007\tc\u0000")).toBe("a b c");
    expect(safeLine("10%\r50%\r100%\r", false)).toBe("100%");
    expect(safeLine("\u001b[31mred\u001b[2K\u001b[1A", true)).toBe("\u001b[31mred\u001b[0m");
    expect(safeLine("\u001b[31mred\u001b[39m", false)).toBe("red");
  });

  test("hides no sequence behind a control character, and leaves no beginning of one", () => {
    expect(safeLine("\u001b[\u00002Jred", true)).toBe("red");
    expect(safeLine("a\u001b", true)).toBe("a");
    expect(safeLine("a\u001b[5é\u001b[1mb", true)).toBe("a[5é\u001b[1mb\u001b[0m");
  });

  test("is quoted as a shell needs it", () => {
    expect(["a/b.js", "it's", "", "$(rm)"].map(shellQuote)).toEqual(["a/b.js", "'it'\\''s'", "''", "'$(rm)'"]);
  });
});

interface Fruit {
  readonly name: string;
  readonly note: string;
  readonly count: number;
}

const fruits: readonly Fruit[] = [
  { name: "apple", note: "a red one of the old kind that nobody grows any more", count: 7 },
  { name: "fig", note: "", count: 1_200 },
];
const columns: readonly Column<Fruit>[] = [
  { title: "NAME", cell: ({ name }) => colour.green(name) },
  { title: "COUNT", cell: ({ count }) => `${count} pcs`, value: ({ count }) => count, isRight: true },
  { title: "NOTE", cell: ({ note }) => note, isElastic: true },
];

test("a table is aligned and gives way where the terminal is narrow", () => {
  const lines = tableLines(fruits, columns, { style, columns: 40 });
  expect(lines.map(oneLine)).toEqual(["NAME COUNT NOTE", "apple 7 pcs a red one of the old k…", "fig 1200 pcs"]);
  expect(lines[0]).toBe("NAME      COUNT  NOTE");
  expect(width(lines[1]!)).toBe(40);
});

test("a pipe gets exact values between tabs, without colours or titles", () => {
  expect(tabLines(fruits, columns)).toEqual([
    "apple\t7\ta red one of the old kind that nobody grows any more",
    "fig\t1200\t",
  ]);
});

test("facts are aligned on a terminal, tab-separated in a pipe, and left out where unknown", () => {
  const facts = [
    ["task", "t1"],
    ["cause", undefined],
    ["not before", "now\nor later"],
  ] as const;
  expect(factLines(facts, terminal)).toEqual(["task        t1", "not before  now\nor later"]);
  expect(factLines(facts, pipe)).toEqual(["task\tt1", "not before\tnow or later"]);
});

const counts = {
  total: 100,
  waiting: 0,
  queued: 37,
  running: 11,
  succeeded: 46,
  skipped: 2,
  failed: 4,
  abandoned: 0,
  cancelled: 0,
  flaky: 1,
  retries: 1,
  muted: 0,
};
const taskset: TasksetView = {
  id: "set_1",
  namespace: "default",
  profile: "job",
  status: "running",
  round: 1,
  counts,
  launchedAtMs: 1_000_000,
  etaMs: 80_400,
};

test("progress shows a bar, counts, and what has run longest", () => {
  const running = Array.from({ length: 11 }, (_, at) => ({ label: `test/${at}.js`, sinceMs: 1_000_000 + at * 1_000 }));
  const lines = progressLines({ taskset, running, nowMs: 1_075_000 }, { ...terminal, columns: 120 });
  expect(lines).toEqual([
    "━━━━━━━━━━━━──────────── 52/100  4 failed  1 flaky  11 running  about 1m 21s left  1m 15s",
    "  test/0.js   1m 15s",
    "  test/1.js   1m 14s",
    "  test/2.js   1m 13s",
    "  test/3.js   1m 12s",
    "  test/4.js   1m 11s",
    "  test/5.js   1m 10s",
    "  test/6.js   1m 09s",
    "  test/7.js   1m 08s",
    "  and 3 more",
  ]);
});

test("progress tells examples, workers, and elapsed against estimated time", () => {
  const examples = { passed: 312, failed: 2, skipped: 5 };
  const running = [
    { label: "a.js", sinceMs: 1_000_000, estimateMs: 20_000 },
    { label: "b.js", sinceMs: 1_070_000, estimateMs: 20_400 },
    { label: "c.js", sinceMs: 1_074_000 },
  ];
  const suite = { ...taskset, counts: { ...counts, examples, running: 3 } };
  const progress = { taskset: suite, running, present: { workers: 2, slots: 8 }, nowMs: 1_075_000 };
  expect(progressLines(progress, { ...terminal, columns: 120 }).slice(1)).toEqual([
    "  examples: 312 passed, 2 failed, 5 skipped  2 workers, 8 slots",
    "  a.js   1m 15s of 20s",
    "  b.js       5s of 20s",
    "  c.js       1s",
  ]);
  const [, , late, early] = progressLines(progress, { ...terminal, style: colour });
  expect([late, early].map((line) => line!.includes("\u001b[33m"))).toEqual([true, false]);
  expect(plainProgressLine(suite)).toContain(", 3 running, examples: 312 passed, 2 failed, 5 skipped, about ");
});

test("the bar is full only at the end, and a single failure is seen in it", () => {
  const bar = (some: Partial<typeof counts>, total = 1_000): string =>
    progressLines(
      {
        taskset: { ...taskset, counts: { ...counts, succeeded: 0, skipped: 0, failed: 0, running: 0, ...some, total } },
        running: [],
        nowMs: 0,
      },
      { ...terminal, style: colour },
    )[0]!;
  const red = (text: string): number => /^━*/.exec(text.split("[31m")[1] ?? "")![0].length;
  const rest = (text: string): number => /^─*/.exec(text.split("[2m")[1] ?? "")![0].length;
  expect(red(bar({ succeeded: 500, failed: 1 }))).toBe(1);
  expect(rest(bar({ succeeded: 999 }))).toBe(1);
  expect(rest(bar({ succeeded: 999, failed: 1 }))).toBe(0);
});

test("a pipe gets progress as a line", () => {
  expect(plainProgressLine(taskset)).toBe("52 of 100 done, 4 failed, 11 running, about 1m 20s left");
});

const task: TaskView = {
  id: "task_1",
  namespace: "default",
  key: "test/a.js",
  definition: "command/run",
  revision: "rev_1",
  status: "failed",
  cause: "failed",
  isFlaky: false,
  priority: 5,
  round: 1,
  trials: { counted: 3, lost: 0, total: 3 },
  launchedAtMs: 0,
  error: { message: "the command exited with code 1", exitCode: 1 },
  lastTrial: {
    id: "trial_1_3",
    task: "task_1",
    number: 3,
    round: 1,
    status: "failed",
    isTwin: false,
    isCounted: true,
    revision: "rev_1",
    grantedAtMs: 0,
    durationMs: 1_234,
    workerName: "build-7",
  },
};

test("a failure is shown with the end of its output", () => {
  const stdout = { lines: ["\u001b[32mok\u001b[39m 1", "not ok 2"], linesBefore: 120 };
  const stderr = { lines: ["Error: no"], linesBefore: 0 };
  expect(failureLines({ task, examples: [], stdout, stderr }, terminal)).toEqual([
    "✗ test/a.js failed: the command exited with code 1 (3 trials, 1.2 s, on build-7)",
    "    … 120 lines before",
    "    ok 1",
    "    not ok 2",
    "    — stderr —",
    "    Error: no",
    "    all of it: capstan logs trial_1_3",
  ]);
  const silent = { lines: [], linesBefore: 0 };
  expect(failureLines({ task, examples: [], stdout: silent, stderr: silent }, pipe)).toEqual([
    "test/a.js failed: the command exited with code 1 (3 trials, 1.2 s, on build-7)",
  ]);
});

test("a failure of a test file is shown with its examples that failed, and nothing in them moves the cursor", () => {
  const silent = { lines: [], linesBefore: 0 };
  const message = Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n");
  const failed = { status: "failed", durationMs: 1 } as const;
  const examples = [
    { ...failed, id: "1", name: "adds \u001b[2Jmore", message, file: "a.test.ts", line: 7 },
    ...Array.from({ length: 24 }, (_, at) => ({ ...failed, id: `x${at}`, name: `x${at}` })),
  ];
  const lines = failureLines({ task, examples, stdout: silent, stderr: silent }, pipe);
  expect(lines.slice(1, 4)).toEqual(["    × adds more (a.test.ts:7)", "      line 0", "      line 1"]);
  expect(lines.filter((line) => line.startsWith("      line"))).toHaveLength(15);
  expect(lines.at(-1)).toBe("    … and 5 more failed examples");
});

test("tasks and tasksets show the time that is left", () => {
  const cells = tabLines([{ ...task, etaMs: 1_500.4 }], taskColumns(pipe, 0))[0]!.split("\t");
  expect(cells[5]).toBe("1500");
  expect(taskLines({ ...task, etaMs: 61_000 }, [], { output: pipe, nowMs: 0 })).toContain("left\tabout 1m 01s");
  expect(tabLines([taskset], tasksetColumns(pipe, 0))[0]!.split("\t")[6]).toBe("80400");
});
