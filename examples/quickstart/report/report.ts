import type { Capstan } from "capstan";
import type { Expectation, TaskView } from "../work/work.js";
import type { Judged, JudgedTask } from "./judge.js";
import { table } from "./table.js";

export interface ReportOptions {
  readonly judged: readonly Judged[];
  readonly capstan: Capstan;
  readonly say: (text: string) => void;
}

/** What is shown of the output of a task that is not as it should be. */
const tailLines = 15;
/** So many tasks that ended alike stand in one row. */
const alikeMin = 4;

/** Says how every task ended, and whether all ended as expected. */
export async function writeReport({ judged, capstan, say }: ReportOptions): Promise<boolean> {
  const rows = judged.flatMap(({ work, tasks }) => rowsOf(work.title, tasks));
  say(table(["", "task", "expected", "verdict", "trials", "cause"], rows));
  say("");
  for (const { work, tasks, taskset } of judged) {
    const durationMs = (taskset.endedAtMs ?? taskset.launchedAtMs) - taskset.launchedAtMs;
    say(`${work.title}: ${tasks.length} tasks in ${(durationMs / 1_000).toFixed(1)} s, ${shares(tasks)}`);
  }
  const wrong = judged.flatMap(({ tasks }) => tasks.filter((task) => task.wrong !== undefined));
  for (const task of wrong) await writeWrong(task, { capstan, say });
  return wrong.length === 0;
}

/** Tasks that ended alike, and as expected, share a row. */
function rowsOf(title: string, tasks: readonly JudgedTask[]): string[][] {
  const groups = new Map<string, JudgedTask[]>();
  for (const task of tasks) groups.set(fateOf(task), [...(groups.get(fateOf(task)) ?? []), task]);
  return [...groups.values()].flatMap((group) => {
    if (group.length < alikeMin) return group.map((task) => row(nameOf(task.view), task));
    return [row(`${group.length} ${title}`, group[0]!)];
  });
}

/** What tasks of one row have in common. */
function fateOf(task: JudgedTask): string {
  const isAlone = task.wrong !== undefined || task.expected.isSpecial === true;
  return isAlone ? task.view.id : row("", task).join("\n");
}

function row(name: string, { view, expected, wrong }: JudgedTask): string[] {
  const { status, trials, isFlaky, cause } = view;
  const sign = wrong === undefined ? "✓" : "✗";
  return [sign, name, textOf(expected), isFlaky ? `${status}, flaky` : status, String(trials.total), cause ?? ""];
}

function textOf({ status, cause }: Expectation): string {
  return cause === undefined ? status : `${status} (${cause})`;
}

function nameOf({ key, id }: TaskView): string {
  return key ?? id;
}

/** How the work was spread. */
function shares(tasks: readonly JudgedTask[]): string {
  const counts = new Map<string, number>();
  for (const { view } of tasks) {
    const worker = view.lastTrial?.workerName ?? "no worker";
    counts.set(worker, (counts.get(worker) ?? 0) + 1);
  }
  const parts = [...counts]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([worker, count]) => `${count} on ${worker}`);
  return parts.join(", ");
}

async function writeWrong({ view, wrong }: JudgedTask, { capstan, say }: Omit<ReportOptions, "judged">): Promise<void> {
  say(`\n✗ ${nameOf(view)}: ${wrong}`);
  const trial = view.lastTrial?.id;
  if (trial === undefined) return;
  const texts = await Promise.all([capstan.logText(trial), capstan.logText(trial, { stream: "stderr" })]);
  const lines = texts.join("").trimEnd().split("\n").slice(-tailLines);
  say(lines.map((line) => `    ${line}`).join("\n"));
}
