import type { TasksetView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import type { Style } from "../io/style.js";
import type { PresentWorkers } from "../run/present-workers.js";
import { examplesText } from "./examples-text.js";
import { duration, elapsed } from "./quantity.js";
import { doneCount } from "./taskset.js";
import { oneLine } from "./control.js";
import { counted, cut, pad, width } from "./text.js";

/** A task that runs now. */
export interface RunningTask {
  readonly label: string;
  readonly sinceMs: number;
  /** What it is expected to take, where that is known. */
  readonly estimateMs?: number | undefined;
}

export interface Progress {
  readonly taskset: TasksetView;
  readonly running: readonly RunningTask[];
  readonly present?: Pick<PresentWorkers, "workers" | "slots"> | undefined;
  readonly nowMs: number;
  /** Shown instead of what is left, such as that it is being cancelled. */
  readonly remark?: string | undefined;
}

const barColumns = 24;
/** More than these would not be calm to look at. */
const runningMax = 8;

/** The live region of a taskset: a bar with counts, examples and workers, and what runs now, the longest first. */
export function progressLines(
  progress: Progress,
  { style, columns, rows }: Pick<Output, "style" | "columns" | "rows">,
): string[] {
  const { taskset, running, nowMs } = progress;
  const head = [`${bar(taskset, style)} ${countsLine(progress, style)}`, ...factsLine(progress, style)];
  const shown = running.toSorted((a, b) => a.sinceMs - b.sinceMs).slice(0, Math.max(1, Math.min(runningMax, rows - 5)));
  const labels = shown.map(({ label }) => cut(oneLine(label), Math.max(10, columns - 26)));
  const room = Math.max(0, ...labels.map(width));
  const lines = shown.map((task, at) => `  ${pad(labels[at]!, room)}  ${timeText(task, nowMs, style)}`);
  const hidden = taskset.counts.running - shown.length;
  return hidden > 0 && shown.length > 0 ? [...head, ...lines, style.dim(`  and ${hidden} more`)] : [...head, ...lines];
}

/** How long it runs, against what it was expected to take. */
function timeText({ sinceMs, estimateMs }: RunningTask, nowMs: number, style: Style): string {
  const ranMs = nowMs - sinceMs;
  const text = pad(elapsed(ranMs), 7, true);
  if (estimateMs === undefined) return style.dim(text);
  const of = style.dim(` of ${elapsed(estimateMs)}`);
  return `${ranMs > 1.5 * estimateMs + 1_000 ? style.yellow(text) : style.dim(text)}${of}`;
}

/** What is counted beside tasks, if anything. */
function factsLine({ taskset, present }: Progress, style: Style): string[] {
  const { examples } = taskset.counts;
  const parts = [
    ...(examples === undefined ? [] : [`examples: ${examplesText(examples, style)}`]),
    ...(present === undefined
      ? []
      : [style.dim(`${counted(present.workers, "worker")}, ${counted(present.slots, "slot")}`)]),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join("  ")}`];
}

function bar({ counts }: TasksetView, style: Style): string {
  const done = share(doneCount(counts), counts.total);
  const bad = Math.min(done, Math.ceil(share(counts.failed + counts.abandoned, counts.total)));
  const good = Math.floor(done) - Math.ceil(bad);
  const rest = barColumns - Math.max(0, good) - Math.ceil(bad);
  return (
    style.green("━".repeat(Math.max(0, good))) + style.red("━".repeat(Math.ceil(bad))) + style.dim("─".repeat(rest))
  );
}

function share(count: number, total: number): number {
  return total === 0 ? 0 : (barColumns * count) / total;
}

function countsLine({ taskset, remark, nowMs }: Progress, style: Style): string {
  const { counts, status, etaMs, launchedAtMs } = taskset;
  const parts = [`${doneCount(counts)}/${counts.total}`];
  if (counts.failed > 0) parts.push(style.red(`${counts.failed} failed`));
  if (counts.flaky > 0) parts.push(style.yellow(`${counts.flaky} flaky`));
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (status === "paused" || status === "cancelling") parts.push(style.yellow(status));
  if (remark !== undefined) parts.push(style.yellow(remark));
  else if (etaMs !== undefined && etaMs > 0)
    parts.push(style.dim(`about ${duration(Math.ceil(etaMs / 1_000) * 1_000)} left`));
  parts.push(style.dim(elapsed(nowMs - launchedAtMs)));
  return parts.join("  ");
}

/** How it stands in one line, for pipes. */
export function plainProgressLine({ counts, etaMs, status }: TasksetView): string {
  const parts = [
    `${doneCount(counts)} of ${counts.total} done`,
    `${counts.failed} failed`,
    `${counts.running} running`,
  ];
  if (counts.examples !== undefined) parts.push(`examples: ${examplesText(counts.examples)}`);
  if (status === "paused" || status === "cancelling") parts.push(status);
  if (etaMs !== undefined && etaMs > 0) parts.push(`about ${duration(etaMs)} left`);
  return parts.join(", ");
}
