import { expect, test } from "vitest";
import { frameworks } from "./framework.js";
import { overheadRun } from "./overhead-run.js";

test("the framework and capstan run the same files", async () => {
  const mocha = frameworks.find(({ name }) => name === "mocha")!;
  const { ownMs, capstanMs, ratio } = await overheadRun(mocha, { files: 6, runs: 1 });
  expect(ratio).toBeCloseTo(capstanMs / ownMs);
  // Each waits six times 10 ms on two workers.
  expect(Math.min(ownMs, capstanMs)).toBeGreaterThan(30);
}, 60_000);
