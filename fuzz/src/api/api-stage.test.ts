import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiStage } from "./api-stage.js";
import { operations } from "./document.js";
import { requests } from "./request-seeds.js";

/** Nobody follows them to their end: an answer of theirs that succeeds needs what is hard to come by. */
const hard = new Set(["resumeTaskset", "rerunTask", "rerunTaskset", "putPack", "getPack"]);

test("requests by the document reach every call, and succeed with nearly all", async () => {
  const stage = await ApiStage.open();
  for (const asked of fc.sample(requests, { numRuns: 3_000, seed: 5 })) await stage.ask(asked);
  const silent = operations.filter(({ id }) => !stage.statuses.has(id)).map(({ id }) => id);
  const refused = operations.filter(({ id }) => ![...(stage.statuses.get(id) ?? [])].some((status) => status < 300));
  await stage.close();
  expect(silent).toEqual([]);
  expect(refused.map(({ id }) => id).filter((id) => !hard.has(id))).toEqual([]);
}, 120_000);
