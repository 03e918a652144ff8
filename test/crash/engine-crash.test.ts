import { expect, test } from "vitest";
import { crashRun } from "./crash-run.js";

test("an engine that is killed again and again under load loses nothing, takes nothing twice, and reruns nothing", async () => {
  const report = await crashRun({ kills: 6, seed: 20_260, absenceMs: 2_000, everyMs: 100 });
  expect(report.violations).toEqual([]);
  expect(report.launched).toBeGreaterThan(100);
  expect(report.killed).toMatchObject({ apply: 1, commit: 1, write: 1, speak: 1 });
}, 120_000);
