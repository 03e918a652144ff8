import type { Report } from "@capstan/protocol";

/** A report as JSON, in parts: one a task, so that a large one is never one string. */
export function* jsonReport({ taskset, tasks }: Report): Generator<string> {
  yield `{"taskset":${JSON.stringify(taskset)},"tasks":[`;
  let comma = "";
  for (const task of tasks) {
    yield comma + JSON.stringify(task);
    comma = ",";
  }
  yield "]}";
}
