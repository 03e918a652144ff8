import { expect, test } from "vitest";
import { frameworks } from "./framework.js";
import { overheadRun } from "./overhead-run.js";

test("the framework and capstan run the same files", async () => {
  const mocha = frameworks.find(({ name }) => name === "mocha")!;
  const { own, capstan, ratio, cpuRatio } = await overheadRun(mocha, { files: 6, runs: 1 });
  expect(ratio).toBeCloseTo(capstan.ms / own.ms);
  expect(cpuRatio).toBeCloseTo(capstan.cpuMs / own.cpuMs);
  // Each waits six times 10 ms on two workers.
  expect(Math.min(own.ms, capstan.ms)).toBeGreaterThan(30);
  // Each starts processes of Node.
  expect(Math.min(own.cpuMs, capstan.cpuMs)).toBeGreaterThan(50);
}, 60_000);
