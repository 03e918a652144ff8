import type { TaskCounts, TaskView, TasksetView, TrialView } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import type { Evidence, Frozen } from "./evidence.js";
import { findViolations } from "./find-violations.js";
import type { JournalLine } from "./journal.js";
import { LaunchBook, type Launch } from "./launch-book.js";

const task = "task_1";

function viewOf(over: Partial<TaskView> = {}): TaskView {
  const trials = { counted: 0, lost: 0, total: 1 };
  const lastTrial = trialOf(1, "succeeded");
  const base = { id: task, namespace: "default", definition: "probe/note", revision: "rev_1", priority: 5, round: 1 };
  const rest = {
    isFlaky: false,
    launchedAtMs: 1,
    endedAtMs: 9,
    output: { n: 7, trial: "trial_1" },
    status: "succeeded" as const,
  };
  return { ...base, ...rest, trials, lastTrial, ...over };
}

function trialOf(number: number, status: TrialView["status"]): TrialView {
  const facts = { task, number, round: 1, isTwin: false, isCounted: false, revision: "rev_1", grantedAtMs: 2 };
  return { id: `trial_${number}`, status, ...facts };
}

function line(what: JournalLine["what"], trial = 1, more: Partial<JournalLine> = {}): JournalLine {
  return { what, n: 7, trial: `trial_${trial}`, pid: 100 + trial, atMs: trial * 10, ...more };
}

interface Broken {
  readonly launch?: Partial<Launch>;
  readonly view?: Partial<TaskView> | "missing";
  readonly trials?: readonly TrialView[];
  readonly lines?: readonly JournalLine[];
  readonly frozen?: readonly Frozen[];
  readonly book?: (book: LaunchBook) => void;
}

/** One task that was launched, ran and succeeded, but for what is broken. */
function evidenceOf({ launch, view = {}, trials, lines, frozen, book: change }: Broken = {}): Evidence {
  const book = new LaunchBook();
  book.add({ n: 7, task, forMs: 0, ...launch });
  change?.(book);
  const tasks = view === "missing" ? [] : [viewOf(view)];
  return {
    book,
    tasks: new Map(tasks.map((one) => [one.id, one])),
    trials: new Map(trials === undefined ? [] : [[task, trials]]),
    tasksets: new Map(),
    listed: new Map(tasks.map((one) => [one.id, one])),
    lines: lines ?? [line("begin"), line("end")],
    ...(frozen === undefined ? {} : { frozen }),
  };
}

function kindsOf(broken: Broken): string[] {
  return findViolations(evidenceOf(broken)).map(({ kind }) => kind);
}

const lost = { status: "failed", cause: "lost", output: undefined, lastTrial: trialOf(1, "lost") } as const;

/** The second trial is the one that was accepted. */
const second = { lastTrial: trialOf(2, "succeeded"), output: { n: 7, trial: "trial_2" } };

describe("what ran as it should", () => {
  test("is no violation, and was touched by no fault", () => {
    expect(findViolations(evidenceOf(), { isUntouched: true })).toEqual([]);
  });

  test("is none either where a twin ended beside it", () => {
    const trials = [trialOf(1, "succeeded"), { ...trialOf(2, "succeeded"), isTwin: true }];
    expect(kindsOf({ view: second, trials, lines: [line("end"), line("end", 2)] })).toEqual([]);
  });

  test("is none either after a loss, for what is safe, and as a loss for what is not", () => {
    const trials = [trialOf(1, "lost"), trialOf(2, "succeeded")];
    const lines = [line("begin"), line("begin", 2), line("end", 2)];
    expect(kindsOf({ view: { ...second, trials: { counted: 0, lost: 1, total: 2 } }, trials, lines })).toEqual([]);
    expect(kindsOf({ launch: { nature: "once" }, view: lost, lines: [line("begin")] })).toEqual([]);
  });
});

describe("a task that was acknowledged", () => {
  test.each<[string, Broken, string]>([
    ["and is not there", { view: "missing" }, "lost"],
    ["and failed without a reason", { view: lost }, "lost"],
    ["and has no verdict", { view: { status: "running" } }, "stuck"],
    ["and was told of with another verdict", { book: (b) => b.verdicts.set(task, told) }, "doubled"],
    ["and whose cancel was acknowledged", { book: (b) => b.cancels.set(task, "cancelling") }, "uncancelled"],
    ["and whose key gave another one", { book: (b) => b.doubled.push("key-7") }, "doubled"],
    ["and has another's output", { view: { output: { n: 8, trial: "trial_1" } } }, "doubled"],
    ["and has another trial's output", { view: { output: second.output } }, "doubled"],
  ])("%s", (_, broken, kind) => {
    expect(kindsOf(broken)).toEqual([kind]);
  });

  const told = { status: "succeeded", output: second.output, endedAtMs: 9 } as const;
});

describe("a trial", () => {
  const twice = [line("begin"), line("begin", 2), line("end", 2)];
  test.each<[string, Broken, string]>([
    ["that ran once more than once", { launch: { nature: "once" }, lines: [...twice, line("end")] }, "doubled"],
    [
      "that began twice",
      { launch: { nature: "unsafe" }, lines: [line("begin"), line("begin"), line("end")] },
      "doubled",
    ],
    ["that was accepted beside another", { trials: [trialOf(1, "succeeded"), trialOf(2, "succeeded")] }, "doubled"],
    [
      "that succeeded, and its task failed",
      { launch: { nature: "once" }, view: { ...lost, lastTrial: viewOf().lastTrial! } },
      "doubled",
    ],
    ["that was accepted and never ended", { lines: [line("begin")] }, "doubled"],
    ["of a task that nobody launched", { lines: [line("begin"), line("end"), line("begin", 1, { n: 8 })] }, "unknown"],
    [
      "of a task of the far future",
      { launch: { isFarOff: true }, view: { status: "cancelled" }, book: (b) => b.cancels.set(task, "cancelled") },
      "doubled",
    ],
  ])("%s", (_, broken, kind) => {
    expect(kindsOf(broken)).toEqual([kind]);
  });

  test("that ran twice where no worker died", () => {
    const violations = findViolations(evidenceOf({ lines: twice.concat(line("end")) }), { isUntouched: true });
    expect(violations).toMatchObject([
      { kind: "doubled", evidence: expect.arrayContaining(["20 ms: begin 7 trial_2 in process 102"]) },
    ]);
  });
});

describe("two trials that exclude each other", () => {
  const hold = { hold: "key" };
  const lines = [
    line("begin", 1, { ...hold, n: 6 }),
    line("overlap", 2, hold),
    line("begin", 2, hold),
    line("end", 2, hold),
  ];
  const broken: Broken = {
    lines,
    view: second,
    book: (book) => book.add({ n: 6, task, forMs: 0 }),
  };
  // Two launches of one task are not what is looked at here.
  const overlapsOf = (more: Broken): string[] => kindsOf({ ...broken, ...more }).filter((kind) => kind === "overlap");

  test("and ran side by side", () => {
    expect(overlapsOf({})).toEqual(["overlap"]);
  });

  test("and of which one was stopped with its spawner, so that it did nothing", () => {
    expect(overlapsOf({ frozen: [{ pid: 101, fromMs: 15, untilMs: 25 }] })).toEqual([]);
    expect(overlapsOf({ frozen: [{ pid: 101, fromMs: 21, untilMs: 25 }] })).toEqual(["overlap"]);
  });

  test("and are of the same task", () => {
    const same = lines.map((one) => ({ ...one, n: 7 }));
    expect(overlapsOf({ lines: same, frozen: [{ pid: 101, fromMs: 15, untilMs: 25 }] })).toEqual(["overlap"]);
  });
});

describe("a taskset", () => {
  const none = {
    waiting: 0,
    queued: 0,
    running: 0,
    skipped: 0,
    failed: 0,
    abandoned: 0,
    cancelled: 0,
    flaky: 0,
    retries: 0,
    muted: 0,
  };
  const counts: TaskCounts = { ...none, total: 1, succeeded: 1 };

  function kindsOfTaskset(over: Partial<TasksetView>): string[] {
    const evidence = evidenceOf({ launch: { taskset: "set_1" }, view: { taskset: "set_1" } });
    const base = { id: "set_1", namespace: "default", profile: "job", status: "succeeded", round: 1 } as const;
    const view = { ...base, counts, launchedAtMs: 1, ...over };
    evidence.book.tasksets.push({ id: "set_1", tasks: 1 });
    const tasksets = new Map([["set_1", { view, tasks: [...evidence.tasks.values()] }]]);
    return findViolations({ ...evidence, tasksets }).map(({ kind }) => kind);
  }

  test("whose counts add up is none, and one that does not is", () => {
    expect(kindsOfTaskset({})).toEqual([]);
    expect(kindsOfTaskset({ counts: { ...counts, total: 2 } })).toEqual(["miscounted"]);
    expect(kindsOfTaskset({ counts: { ...counts, succeeded: 0, failed: 1 } })).toEqual(["miscounted", "miscounted"]);
    expect(kindsOfTaskset({ status: "running" })).toEqual(["stuck"]);
  });
});
