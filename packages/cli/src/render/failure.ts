import type { TaskView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import type { Failure } from "../run/failure.js";
import type { MutedFailure } from "../run/muted-failures.js";
import type { Tail } from "../run/tail.js";
import { safeLine } from "./control.js";
import { exampleLines, mutedExampleLines } from "./example.js";
import { duration } from "./quantity.js";
import { mark, statusText } from "./status.js";
import { why } from "./task.js";
import { oneLine } from "./control.js";
import { counted } from "./text.js";

type Look = Pick<Output, "style" | "isTerminal">;

/** A task that failed: its name and cause, then its examples that failed and the end of its output, indented. */
export function failureLines({ task, isMuted, examples, muted = [], stdout, stderr }: Failure, look: Look): string[] {
  const { style } = look;
  const head = headLine(task, look);
  const lines = [isMuted === true ? `${head} ${style.yellow("muted")}` : head, ...exampleLines(examples, look)];
  lines.push(...mutedExampleLines(muted, look));
  const isBoth = stdout.lines.length > 0 && stderr.lines.length > 0;
  const stack = task.error?.stack;
  if (examples.length + stdout.lines.length + stderr.lines.length === 0 && stack !== undefined) {
    lines.push(...tailLines({ lines: stack.split("\n").slice(0, 12), linesBefore: 0 }, look));
  }
  lines.push(...tailLines(stdout, look));
  if (isBoth) lines.push(style.dim("    — stderr —"));
  lines.push(...tailLines(stderr, look));
  const trial = task.lastTrial?.id;
  if (stdout.linesBefore + stderr.linesBefore > 0 && trial !== undefined) {
    lines.push(style.dim(`    all of it: capstan logs ${trial}`));
  }
  return lines;
}

/** A file that did not fail, with its examples that did and are muted. */
export function mutedFailureLines({ task, muted }: MutedFailure, look: Look): string[] {
  return [headLine(task, look), ...mutedExampleLines(muted, look)];
}

function headLine(task: TaskView, { style, isTerminal }: Look): string {
  const { lastTrial, trials } = task;
  const facts = [
    trials.total > 1 ? counted(trials.total, "trial") : undefined,
    lastTrial?.durationMs === undefined ? undefined : duration(lastTrial.durationMs),
    lastTrial?.workerName === undefined ? undefined : `on ${oneLine(lastTrial.workerName)}`,
  ].filter((fact) => fact !== undefined);
  const name = oneLine(task.key ?? task.id);
  const reason = oneLine(why(task));
  const head = `${name} ${statusText(task.status, style)}${reason === "" ? "" : `: ${reason}`}`;
  const tail = facts.length === 0 ? "" : style.dim(` (${facts.join(", ")})`);
  return `${isTerminal ? `${mark(task.status, style)} ` : ""}${head}${tail}`;
}

function tailLines({ lines, linesBefore }: Tail, { style }: Look): string[] {
  const shown = lines.map((line) => `    ${safeLine(line, style.isColorSupported)}`);
  return linesBefore === 0 ? shown : [style.dim(`    … ${counted(linesBefore, "line")} before`), ...shown];
}
