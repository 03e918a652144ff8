import type { TaskCounts, TasksetView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import type { Style } from "../io/style.js";
import { oneLine } from "./control.js";
import { examplesText } from "./examples-text.js";
import { factLines, jsonText } from "./facts.js";
import { ago, duration, instant } from "./quantity.js";
import { mark, statusText } from "./status.js";
import type { Column } from "./table.js";
import { counted } from "./text.js";

/** How many tasks have their verdict. */
export function doneCount({ succeeded, skipped, failed, abandoned, cancelled }: TaskCounts): number {
  return succeeded + skipped + failed + abandoned + cancelled;
}

/** The columns of a list of tasksets. */
export function tasksetColumns({ style }: Pick<Output, "style">, nowMs: number): Column<TasksetView>[] {
  return [
    { title: "TASKSET", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => name ?? "", isElastic: true },
    { title: "STATUS", cell: ({ status }) => statusText(status, style) },
    { title: "DONE", cell: ({ counts }) => `${doneCount(counts)}/${counts.total}`, isRight: true },
    {
      title: "FAILED",
      cell: ({ counts: { failed } }) => (failed > 0 ? style.red(String(failed)) : "0"),
      isRight: true,
    },
    { title: "RUNNING", cell: ({ counts }) => String(counts.running), isRight: true },
    {
      title: "LEFT",
      cell: ({ etaMs }) => (etaMs === undefined ? "" : duration(etaMs)),
      value: ({ etaMs }) => (etaMs === undefined ? "" : Math.round(etaMs)),
      isRight: true,
    },
    {
      title: "LAUNCHED",
      cell: ({ launchedAtMs }) => style.dim(ago(launchedAtMs, nowMs)),
      value: ({ launchedAtMs }) => instant(launchedAtMs),
    },
  ];
}

/** The counts that are not zero, in words. */
export function countsText(counts: TaskCounts, style: Style): string {
  const parts = (["succeeded", "failed", "abandoned", "cancelled", "skipped", "running", "queued", "waiting"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => {
      const muted = status === "failed" && counts.muted > 0 ? style.yellow(` (${counts.muted} muted)`) : "";
      return `${counts[status]} ${statusText(status, style)}${muted}`;
    });
  if (counts.flaky > 0) parts.push(style.yellow(`${counts.flaky} flaky`));
  return parts.length === 0 ? "no tasks" : parts.join(", ");
}

/** A taskset, for `tasksets show`. */
export function tasksetLines(set: TasksetView, { output, nowMs }: { output: Output; nowMs: number }): string[] {
  const { style } = output;
  const { launchedAtMs, endedAtMs } = set;
  return factLines(
    [
      ["taskset", set.id],
      ["name", set.name],
      ["status", statusText(set.status, style)],
      ["cause", set.cause],
      ["tasks", `${counted(set.counts.total, "task")}: ${countsText(set.counts, style)}`],
      ["examples", set.counts.examples && examplesText(set.counts.examples, style)],
      ["left", set.etaMs === undefined ? undefined : `about ${duration(set.etaMs)}`],
      ["class", set.class],
      ["profile", set.profile],
      ["round", set.round > 1 ? set.round : undefined],
      ["limits", set.limits === undefined ? undefined : jsonText(set.limits)],
      ["launched", `${instant(launchedAtMs)} (${ago(launchedAtMs, nowMs)})`],
      ["ended", endedAtMs === undefined ? undefined : `${instant(endedAtMs)} (${ago(endedAtMs, nowMs)})`],
      ["took", endedAtMs === undefined ? undefined : duration(endedAtMs - launchedAtMs)],
    ],
    output,
  );
}

/** The end of a taskset in one line. */
export function tasksetVerdictLine(
  set: TasksetView,
  { style, isTerminal }: Pick<Output, "style" | "isTerminal">,
): string {
  const { launchedAtMs, endedAtMs } = set;
  const took = endedAtMs === undefined ? "" : style.dim(` in ${duration(endedAtMs - launchedAtMs)}`);
  const head = isTerminal ? `${mark(set.status, style)} ` : "";
  const why = set.status === "failed" && set.cause !== undefined ? `; ${oneLine(set.cause)}` : "";
  const { examples } = set.counts;
  const told = examples === undefined ? "" : ` (examples: ${examplesText(examples, style)})`;
  const counts = countsText(set.counts, style);
  return `${head}${set.name ?? set.id} ${statusText(set.status, style)}: ${counts}${told}${why}${took}`;
}
