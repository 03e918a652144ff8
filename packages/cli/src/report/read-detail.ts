import type { Capstan } from "@capstan/client";
import { readExamples, type Example, type Report, type TaskView, type TrialView } from "@capstan/protocol";
import { readTail, type Tail } from "../run/tail.js";

/** A trial with what it told of its examples. */
export interface DetailedTrial {
  readonly trial: TrialView;
  readonly examples: readonly Example[];
}

/** A task with all that the page shows of it. */
export interface DetailedTask {
  readonly task: TaskView;
  /** Oldest first. */
  readonly trials: readonly DetailedTrial[];
  /** The ends of what its last trial wrote, where it failed. */
  readonly output?: { readonly stdout: Tail; readonly stderr: Tail };
}

export interface Detail {
  readonly taskset: Report["taskset"];
  readonly tasks: readonly DetailedTask[];
  readonly nowMs: number;
}

/** Failures beyond these are shown without what they wrote. */
const outputsMax = 200;
const atOnce = 8;

/** Reads a taskset with its trials, examples, and the output of what failed. */
export async function readDetail(client: Capstan, taskset: string): Promise<Detail> {
  const report = await client.taskset(taskset).report();
  const failed = new Set(report.tasks.filter(({ status }) => status === "failed").slice(0, outputsMax));
  const tasks = await mapSome(report.tasks, (task) => readTask(client, task, failed.has(task)));
  return { taskset: report.taskset, tasks, nowMs: Date.now() };
}

async function readTask(client: Capstan, task: TaskView, hasOutput: boolean): Promise<DetailedTask> {
  const { lastTrial } = task;
  if (lastTrial === undefined) return { task, trials: [] };
  const all = task.trials.total > 1 ? await client.task(task.id).trials() : [lastTrial];
  const trials: DetailedTrial[] = [];
  for (const trial of all) trials.push({ trial, examples: readExamples(await client.trialOutput(trial)) });
  if (!hasOutput) return { task, trials };
  const [stdout, stderr] = await Promise.all([
    readTail(client, lastTrial.id, "stdout"),
    readTail(client, lastTrial.id, "stderr"),
  ]);
  return { task, trials, output: { stdout, stderr } };
}

/** Maps a list in its order, a few items at once. */
async function mapSome<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const source = items.entries();
  const work = async (): Promise<void> => {
    for (const [at, item] of source) results[at] = await map(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
