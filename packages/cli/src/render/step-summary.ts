import { readExamples, type ExampleStatus, type Report, type TaskView } from "@capstan/protocol";
import { oneLine } from "./control.js";
import { duration } from "./quantity.js";
import { examplesText } from "./examples-text.js";
import { why } from "./task.js";

const rowsMax = 50;

/** A report in Markdown for the page of a workflow's run: the result, what failed, and what was flaky. */
export function stepSummary({ taskset, tasks }: Report): string {
  const { counts, launchedAtMs, endedAtMs = launchedAtMs } = taskset;
  const facts = [
    `${counts.total} tasks in ${duration(endedAtMs - launchedAtMs)}`,
    `${counts.failed} failed`,
    ...(counts.flaky > 0 ? [`${counts.flaky} flaky`] : []),
    ...(counts.examples === undefined ? [] : [`examples: ${examplesText(counts.examples)}`]),
  ];
  const mark = taskset.status === "succeeded" ? "✅" : "❌";
  const isMuted = mutedIn(taskset);
  const failed = tasks.filter((task) => task.status === "failed" && !isMuted(task)).flatMap(failureRows);
  const muted = tasks.flatMap((task) => (isMuted(task) ? failureRows(task) : mutedRows(task)));
  const flaky = tasks.filter(({ isFlaky }) => isFlaky).map(flakyRow);
  return [
    `### ${mark} ${escape(taskset.name ?? taskset.id)} ${taskset.status}`,
    "",
    facts.join(" · "),
    ...table("Failed", ["what", "message"], failed),
    ...table("Muted", ["what", "message"], muted),
    ...table("Flaky", ["what", "trials"], flaky),
    "",
  ].join("\n");
}

type Row = readonly [string, string];

function failureRows(task: TaskView): Row[] {
  const failed = exampleRows(task, "failed");
  return failed.length === 0 ? [[task.key ?? task.id, why(task)]] : failed;
}

function exampleRows(task: TaskView, wanted: ExampleStatus): Row[] {
  const examples = readExamples(task.lastTrial?.output).filter(({ status }) => status === wanted);
  return examples.map(({ name, message = "" }) => [`${task.key ?? task.id} › ${name}`, message.split("\n", 1)[0]!]);
}

/** Says of a task whether it failed and is muted. */
function mutedIn({ muted }: Report["taskset"]): (task: TaskView) => boolean {
  const keys = new Set(muted);
  return ({ status, key }) => status === "failed" && key !== undefined && keys.has(key);
}

function mutedRows(task: TaskView): Row[] {
  return exampleRows(task, "muted");
}

function flakyRow({ key, id, trials }: TaskView): Row {
  return [key ?? id, String(trials.total)];
}

function table(title: string, heads: Row, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, rowsMax).map(([left, right]) => `| ${escape(left)} | ${escape(right)} |`);
  const more = rows.length > rowsMax ? ["", `… and ${rows.length - rowsMax} more`] : [];
  return ["", `**${title}**`, "", `| ${heads.join(" | ")} |`, "| --- | --- |", ...shown, ...more];
}

/** Text from outside within a cell: no markup of its own, and no end of the cell. */
function escape(text: string): string {
  return oneLine(text)
    .slice(0, 500)
    .replaceAll(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll(/[\\`*_[\]()#|~!]/g, (sign) => `\\${sign}`);
}
