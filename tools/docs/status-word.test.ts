import { readFileSync } from "node:fs";
import {
  executorStatuses,
  targetStatuses,
  tasksetStatuses,
  taskStatuses,
  trialStatuses,
  workerStatuses,
} from "@capstan/protocol";
import { expect, it } from "vitest";
import {
  executorTransitions,
  targetTransitions,
  tasksetTransitions,
  taskTransitions,
  trialTransitions,
  workerTransitions,
} from "@capstan/core";

const words = {
  task: [taskStatuses, taskTransitions],
  taskset: [tasksetStatuses, tasksetTransitions],
  trial: [trialStatuses, trialTransitions],
  worker: [workerStatuses, workerTransitions],
  executor: [executorStatuses, executorTransitions],
  target: [targetStatuses, targetTransitions],
} as const;

/** The words of a heading's section in the page of the states. */
function section(of: string): string {
  const page = readFileSync(new URL("../../../docs/states.md", import.meta.url), "utf8");
  const start = page.toLowerCase().indexOf(`## ${of}\n`);
  expect(start, `the section ${of}`).toBeGreaterThan(0);
  const end = page.indexOf("\n## ", start + 1);
  return page.slice(start, end < 0 ? undefined : end);
}

it.each(Object.entries(words))(
  "the status words of a %s are those of its machine and of the docs",
  (of, [list, table]) => {
    const known: readonly string[] = list;
    const used = new Set(
      Object.values(table).flatMap((row) => [...Object.keys(row), ...Object.values(row)] as string[]),
    );
    const statuses = [...used].filter((word) => known.includes(word));
    expect(new Set([...Object.keys(table), ...statuses].filter((word) => known.includes(word)))).toEqual(new Set(list));
    for (const word of list) expect(section(of)).toContain(word);
  },
);
