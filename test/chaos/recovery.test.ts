import { expect, test } from "vitest";
import type { JournalLine } from "../bed/journal.js";
import { LaunchBook } from "../bed/launch-book.js";
import type { Fault } from "./fault-log.js";
import { recoveryTimes } from "./recovery.js";

function line(what: JournalLine["what"], n: number, { pid, atMs }: { pid: number; atMs: number }): JournalLine {
  return { what, n, trial: `trial_${n}_${pid}`, pid, atMs };
}

const none = { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };

test("a recovery lasts from the kill until what ran on the killed process begins again", () => {
  const faults: Fault[] = [
    { kind: "worker-kill", target: "worker-1", fromMs: 100, untilMs: 900, pids: [1, 2], kills: 1 },
    { kind: "machine-kill", target: "worker-2", fromMs: 1_000, untilMs: 1_900, pids: [3], kills: 1 },
    { kind: "engine-kill", target: "engine", fromMs: 1_500, untilMs: 1_800, kills: 1 },
  ];
  const lines = [
    line("begin", 1, { pid: 1, atMs: 50 }),
    line("begin", 2, { pid: 2, atMs: 60 }),
    line("end", 2, { pid: 2, atMs: 90 }),
    line("begin", 3, { pid: 9, atMs: 70 }),
    line("begin", 1, { pid: 3, atMs: 350 }),
    line("end", 3, { pid: 9, atMs: 800 }),
    line("begin", 1, { pid: 9, atMs: 5_000 }),
    line("end", 1, { pid: 9, atMs: 5_100 }),
  ];
  const book = new LaunchBook();
  book.answersAtMs.push(400, 2_600, 2_700);
  const times = recoveryTimes({ faults, lines, book, engineStartsMs: [0, 1_600, 2_650, 9_000] });
  const ran = { count: 1, p50Ms: 250, p99Ms: 250, maxMs: 250 };
  expect(times.process).toMatchObject({ all: ran, undisturbed: ran });
  expect(times.machine).toMatchObject({ all: { count: 1, p50Ms: 4_000 }, undisturbed: none });
  expect(times.machine.slowest[0]).toContain("engine-kill engine 1500–1800");
  // The last start had no answer any more.
  expect(times.engine.all).toEqual({ count: 3, p50Ms: 400, p99Ms: 1_000, maxMs: 1_000 });
});
