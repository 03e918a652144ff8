import type { FlakyView } from "@capstan/protocol";
import { expect, test } from "vitest";
import { mergeParts } from "./merge-parts.js";

function view(key: string, facts: Partial<FlakyView> & { readonly atMs: number; readonly example: string }): FlakyView {
  const { atMs, example, ...rest } = facts;
  return {
    class: "unit",
    key,
    count: 1,
    passes: 3,
    sinceMs: atMs,
    lastAtMs: atMs,
    examples: [{ id: example, name: example, count: 1 }],
    verdicts: [{ taskset: "set_1", task: `task_${key}`, atMs, examples: [{ id: example, name: example }] }],
    ...rest,
  };
}

async function* listed(...views: readonly FlakyView[]) {
  yield* views;
}

test("the parts of a file are told as that file, and others as they are", async () => {
  const views = listed(
    view("a.js", { atMs: 1, example: "x" }),
    view("a.js (1/3)", { atMs: 3, example: "y" }),
    view("a.js (2/2)", { atMs: 2, example: "y" }),
    view("b.js (1/2)", { atMs: 4, example: "x" }),
    view("b.js (1/2)", { atMs: 5, example: "x", class: "slow" }),
    view("c (3/2)", { atMs: 6, example: "x" }),
  );
  const merged: FlakyView[] = [];
  for await (const each of mergeParts(views)) merged.push(each);
  expect(merged.map((each) => [each.class, each.key, each.count, each.passes])).toEqual([
    ["unit", "a.js", 3, 9],
    ["unit", "b.js", 1, 3],
    ["slow", "b.js", 1, 3],
    ["unit", "c (3/2)", 1, 3],
  ]);
  const [first] = merged;
  expect(first).toMatchObject({ sinceMs: 1, lastAtMs: 3, examples: [{ id: "y", count: 2 }, { id: "x" }] });
  expect(first!.verdicts!.map(({ task, atMs }) => [task, atMs])).toEqual([
    ["task_a.js (1/3)", 3],
    ["task_a.js (2/2)", 2],
    ["task_a.js", 1],
  ]);
});
