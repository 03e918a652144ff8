import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { expect, test } from "vitest";
import { crashRun } from "./crash-run.js";

async function expectNothingLost(more: { readonly store?: string }): Promise<void> {
  const report = await crashRun({ kills: 6, seed: 20_260, absenceMs: 2_000, everyMs: 100, ...more });
  expect(report.violations).toEqual([]);
  expect(report.launched).toBeGreaterThan(100);
  expect(report.killed).toMatchObject({ apply: 1, commit: 1, write: 1, speak: 1 });
}

test(
  "an engine that is killed again and again under load loses nothing, takes nothing twice, and reruns nothing",
  () => expectNothingLost({}),
  120_000,
);

test.skipIf(!hasPostgres())(
  "an engine on PostgreSQL that is killed again and again under load loses nothing, takes nothing twice, and reruns nothing",
  async () => expectNothingLost({ store: await freshPostgres() }),
  240_000,
);
