import fc from "fast-check";
import { expect, test } from "vitest";
import { engineSession } from "../target/engine-session.js";
import { EngineCourse } from "./engine-course.js";
import { EngineStage } from "./engine-stage.js";
import { Tape } from "./tape.js";

test("courses of frames reach grants, reports, losses and verdicts, not only refusals", async () => {
  const stage = await EngineStage.open();
  for (const input of fc.sample(engineSession.seeds, { numRuns: 120, seed: 9 })) {
    await new EngineCourse(stage, new Tape(input)).play(60);
    await stage.clear();
  }
  const { offersMade, offersExpired, trials, finished } = stage.engine.loop.state.counts;
  await stage.close();
  expect(offersMade).toBeGreaterThan(50);
  expect(offersExpired).toBeGreaterThan(0);
  for (const status of ["succeeded", "failed", "lost"] as const)
    expect([status, trials[status] ?? 0]).not.toEqual([status, 0]);
  for (const status of ["succeeded", "failed", "cancelled"] as const)
    expect([status, finished[status] ?? 0]).not.toEqual([status, 0]);
});
