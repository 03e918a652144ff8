import type { Example, ExampleStatus, TaskView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { oneLine } from "./control.js";
import { duration } from "./quantity.js";
import { mark, statusText } from "./status.js";
import { why } from "./task.js";

const taskMarks: Readonly<Record<ExampleStatus, string>> = {
  passed: "succeeded",
  failed: "failed",
  skipped: "skipped",
  muted: "muted",
};

/** A task that did not fail, with its examples where it is a test file: what came of each, and how long it took. */
export function fileLines(
  task: TaskView,
  examples: readonly Example[],
  { style, isTerminal }: Pick<Output, "style" | "isTerminal">,
): string[] {
  const { lastTrial } = task;
  const facts = [
    lastTrial?.durationMs === undefined ? undefined : duration(lastTrial.durationMs),
    lastTrial?.workerName === undefined ? undefined : `on ${oneLine(lastTrial.workerName)}`,
    task.isFlaky ? "flaky" : undefined,
  ].filter((fact) => fact !== undefined);
  const reason = task.isFlaky ? "" : oneLine(why(task));
  const head = `${oneLine(task.key ?? task.id)} ${statusText(task.status, style)}${reason === "" ? "" : `: ${reason}`}`;
  const tail = facts.length === 0 ? "" : style.dim(` (${facts.join(", ")})`);
  const lines = examples.map(({ name, status, durationMs }) => {
    const sign = isTerminal ? mark(taskMarks[status], style) : status;
    return `    ${sign} ${oneLine(name)} ${style.dim(duration(durationMs))}`;
  });
  return [`${isTerminal ? `${mark(task.status, style)} ` : ""}${head}${tail}`, ...lines];
}
