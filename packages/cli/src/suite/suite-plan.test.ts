import { expect, test } from "vitest";
import type { PlannedPart } from "../split/share-examples.js";
import { planMuted } from "./muted-plan.js";
import { makeSuitePlan } from "./suite-plan.js";

const parts: PlannedPart[] = [
  { part: { number: 1, of: 2, only: ["a"] }, estimateMs: 500 },
  { part: { number: 2, of: 2, except: ["a"] }, estimateMs: 600 },
];
const files = ["long.js", "short.js"];
const settings = { class: "unit", root: "/tree", splits: new Map([["long.js", parts]]) };

test("a file that is split is a task a part, under a key of its own and with what the part is expected to take", () => {
  expect(makeSuitePlan(files, settings).tasks).toEqual([
    {
      key: "long.js (1/2)",
      input: { file: "long.js", root: "/tree", part: { number: 1, of: 2, only: ["a"] } },
      estimateMs: 500,
    },
    {
      key: "long.js (2/2)",
      input: { file: "long.js", root: "/tree", part: { number: 2, of: 2, except: ["a"] } },
      estimateMs: 600,
    },
    { key: "short.js", input: { file: "short.js", root: "/tree" } },
  ]);
});

test("a file that is muted is so in all of its parts", () => {
  const muted = planMuted(files, { typed: files });
  expect(makeSuitePlan(files, { ...settings, muted }).muted).toEqual(["long.js (1/2)", "long.js (2/2)", "short.js"]);
  expect(makeSuitePlan(files, { ...settings, muted, splits: undefined }).muted).toEqual(files);
});
