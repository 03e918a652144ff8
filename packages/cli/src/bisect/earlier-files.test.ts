import type { TrialView } from "@capstan/protocol";
import { expect, test } from "vitest";
import { earlierFiles, type EndedTrial } from "./earlier-files.js";

const ran = (file: string, worker: string, [grantedAtMs, endedAtMs]: [number, number]): EndedTrial => {
  const status = file === "it.js" ? "failed" : "succeeded";
  return { file, trial: { worker, workerName: `${worker}!`, grantedAtMs, endedAtMs, status } as TrialView };
};

test("what ended on the worker before the file failed there is told once, in the order in which it began", () => {
  const trials = [
    ran("late.js", "one", [50, 60]),
    ran("b.js", "one", [10, 30]),
    ran("elsewhere.js", "two", [0, 5]),
    ran("a.js", "one", [0, 20]),
    ran("beside.js", "one", [20, 45]),
    ran("it.js", "one", [5, 9]),
    ran("it.js", "one", [40, 50]),
    ran("b.js", "one", [31, 35]),
  ];
  expect(earlierFiles(trials, "it.js")).toEqual({ worker: "one!", files: ["a.js", "b.js"] });
  expect(earlierFiles(trials, "a.js")).toBe(undefined);
});
