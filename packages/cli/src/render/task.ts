import { isFinalTask, type Fault, type TaskView, type TrialView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { factLines, jsonText, type Facts } from "./facts.js";
import { ago, duration, instant } from "./quantity.js";
import { mark, statusText } from "./status.js";
import { tabLines, tableLines, type Column } from "./table.js";
import { oneLine } from "./control.js";
import { counted } from "./text.js";

type Look = Pick<Output, "style" | "isTerminal" | "columns">;

/** The columns of a list of tasks. */
export function taskColumns({ style }: Pick<Output, "style">, nowMs: number): Column<TaskView>[] {
  return [
    { title: "TASK", cell: ({ id }) => id },
    { title: "STATUS", cell: ({ status }) => statusText(status, style) },
    { title: "DEFINITION", cell: ({ definition }) => definition, isElastic: true },
    { title: "KEY", cell: ({ key }) => oneLine(key ?? ""), isElastic: true },
    { title: "TRIALS", cell: ({ trials }) => String(trials.total), isRight: true },
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
    { title: "WHY", cell: (task) => oneLine(why(task)), isElastic: true },
  ];
}

/** Why it waits, or why it ended so; nothing for one that runs or is well. */
export function why({ reason, waitsFor, cause, error, isFlaky }: TaskView): string {
  if (reason !== undefined) return reason.message;
  if (waitsFor !== undefined) return `waits for ${waitsFor}`;
  if (error !== undefined)
    return cause === undefined || cause === "failed" ? error.message : `${cause}: ${error.message}`;
  return cause ?? (isFlaky ? "flaky" : "");
}

/** A task and all its trials, for `tasks show`. */
export function taskLines(
  task: TaskView,
  trials: readonly TrialView[],
  { output, nowMs }: { output: Look; nowMs: number },
): string[] {
  const lines = factLines(taskFacts(task, output, nowMs), output);
  if (trials.length === 0) return lines;
  const columns = trialColumns(output);
  const table = output.isTerminal ? tableLines(trials, columns, output) : tabLines(trials, columns);
  return [...lines, "", ...table];
}

function taskFacts(task: TaskView, { style }: Look, nowMs: number): Facts {
  const { waitsFor, reason, trials, progress, progressNote } = task;
  const at = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : `${instant(ms)} (${ago(ms, nowMs)})`;
  const waits = [waitsFor, reason && `${reason.message} (${reason.code})`].filter((each) => each !== undefined);
  return [
    ["task", task.id],
    ["status", statusText(task.status, style) + (task.isFlaky ? style.yellow(" flaky") : "")],
    [isFinalTask(task.status) ? "why" : "waits", waits.length === 0 ? undefined : waits.join(": ")],
    ["cause", task.cause],
    ["definition", task.definition],
    ["revision", task.revision],
    ["taskset", task.taskset],
    ["key", task.key],
    ["priority", task.priority],
    ["launched", at(task.launchedAtMs)],
    ["not before", at(task.notBeforeMs)],
    ["expires", at(task.expiresAtMs)],
    ["ended", at(task.endedAtMs)],
    ["estimate", task.estimateMs === undefined ? undefined : duration(task.estimateMs)],
    ["left", task.etaMs === undefined ? undefined : `about ${duration(task.etaMs)}`],
    ["progress", progress === undefined ? undefined : `${Math.round(progress * 100)}% ${progressNote ?? ""}`.trim()],
    ["round", task.round > 1 ? task.round : undefined],
    ["trials", `${trials.total} (${trials.counted} counted, ${trials.lost} lost)`],
    ["policy", task.policy === undefined ? undefined : jsonText(task.policy)],
    [
      "input",
      task.inputBlob === undefined ? json(task.input) : `${task.inputBlob.digest}, ${task.inputBlob.bytes} bytes`,
    ],
    [
      "output",
      task.outputBlob === undefined ? json(task.output) : `${task.outputBlob.digest}, ${task.outputBlob.bytes} bytes`,
    ],
    ["error", task.error === undefined ? undefined : faultText(task.error)],
  ];
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : jsonText(value);
}

/** What went wrong, with its stack where there is one. */
export function faultText({ message, stack, exitCode, signal, isRetryable }: Fault): string {
  const exit = [
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    signal === undefined ? undefined : `signal ${signal}`,
    isRetryable === false ? "not retryable" : undefined,
  ].filter((each) => each !== undefined && !message.includes(each.replace("exit ", "")));
  const text = stack?.includes(message) === true ? stack : message;
  return exit.length === 0 ? text : `${text} (${exit.join(", ")})`;
}

/** The columns of a list of trials. */
export function trialColumns({ style }: Pick<Output, "style">): Column<TrialView>[] {
  return [
    { title: "TRIAL", cell: ({ id }) => id },
    {
      title: "STATUS",
      cell: ({ status, isTwin, isCounted }) =>
        statusText(status, style) + (isTwin ? style.dim(" twin") : "") + (isCounted ? style.dim(" counted") : ""),
      value: ({ status }) => status,
    },
    { title: "WORKER", cell: ({ workerName, worker }) => oneLine(workerName ?? worker ?? ""), isElastic: true },
    {
      title: "TOOK",
      cell: ({ durationMs }) => (durationMs === undefined ? "" : duration(durationMs)),
      value: ({ durationMs }) => (durationMs === undefined ? "" : Math.round(durationMs)),
      isRight: true,
    },
    { title: "WHY", cell: ({ cause, error }) => oneLine(error?.message ?? cause ?? ""), isElastic: true },
  ];
}

/** One trial, for `trials show`. */
export function trialLines(trial: TrialView, { output, nowMs }: { output: Look; nowMs: number }): string[] {
  const { style } = output;
  const { usage, counts } = trial;
  const flags = [trial.isTwin && "twin", trial.isCounted && "counted"].filter((each) => each !== false);
  const facts: Facts = [
    ["trial", trial.id],
    ["status", statusText(trial.status, style) + (flags.length === 0 ? "" : ` (${flags.join(", ")})`)],
    ["cause", trial.cause],
    ["task", trial.task],
    ["number", trial.number],
    ["round", trial.round > 1 ? trial.round : undefined],
    ["worker", trial.workerName === undefined ? trial.worker : `${trial.workerName} (${trial.worker ?? "gone"})`],
    ["revision", trial.revision],
    ["granted", `${instant(trial.grantedAtMs)} (${ago(trial.grantedAtMs, nowMs)})`],
    ["took", trial.durationMs === undefined ? undefined : duration(trial.durationMs)],
    ["CPU", usage?.cpuMs === undefined ? undefined : duration(usage.cpuMs)],
    ["counts", counts === undefined ? undefined : jsonText(counts)],
    ["output", trial.outputBlob === undefined ? json(trial.output) : trial.outputBlob.digest],
    ["error", trial.error === undefined ? undefined : faultText(trial.error)],
  ];
  return factLines(facts, output);
}

/** The verdict of a task: a line for it, and what it gave or why it failed. */
export function taskVerdictLines(task: TaskView, { style, isTerminal }: Look): string[] {
  const took = task.lastTrial?.durationMs;
  const facts = [
    took === undefined ? undefined : duration(took),
    task.trials.total > 1 ? counted(task.trials.total, "trial") : undefined,
    task.isFlaky ? "flaky" : undefined,
  ].filter((each) => each !== undefined);
  const head = `${task.id} ${statusText(task.status, style)}${facts.length === 0 ? "" : style.dim(` (${facts.join(", ")})`)}`;
  const lines = [isTerminal ? `${mark(task.status, style)} ${head}` : head];
  const reason = task.error === undefined ? why(task) : faultText(task.error);
  if (reason !== "" && reason !== "flaky") lines.push(...reason.split("\n").map((line) => `  ${line}`));
  else if (task.output !== undefined) lines.push(jsonText(task.output));
  return lines;
}
