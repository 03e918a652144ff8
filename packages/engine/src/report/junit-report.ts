import { isFinalTask, readExamples, type BlobRef, type Report, type TaskView, type TrialView } from "@capstan/protocol";
import { exampleCases, fileOf, isByCode, isEmptyPart, mutedBecause, shownExamples, tellsAll } from "./example-case.js";
import { xmlElement, xmlTag, xmlText } from "./xml.js";

/** Where the report's details come from; asked only for tasks that did not succeed at once. */
export interface ReportSources {
  /** All trials of a task, oldest first. */
  readonly trials: (task: string) => Promise<readonly TrialView[]>;
  /** What a trial gave, when it is kept apart from it; undefined when it is gone. */
  readonly content: (blob: BlobRef) => Promise<unknown>;
  /** What a trial wrote, as much of it as a report should hold. */
  readonly output: (trial: string, stream: "stdout" | "stderr") => Promise<string>;
}

type Outcome = "passed" | "failure" | "error" | "skipped";

/**
 * A report as JUnit XML, in parts: a testsuite a taskset, a testcase a task. A task that is a test file has a testcase for
 * each of its examples instead; of one that is split, those of its parts are told of the one file.
 *
 * What the task's code said is a `failure`; what befell it (error, timeout, loss, expiry) an `error`; what never ran or is
 * unfinished is `skipped` with the reason. Earlier trials are told as Maven's surefire tells reruns:
 * `flakyFailure` / `flakyError` in a testcase that passed in the end, `rerunFailure` / `rerunError` in one that did not.
 */
export async function* junitReport(report: Report, sources: ReportSources): AsyncGenerator<string> {
  const { taskset, tasks } = report;
  const muted = new Set(taskset.muted);
  const isMuted = ({ status, key }: TaskView): boolean => status === "failed" && key !== undefined && muted.has(key);
  const { tests, ...counts } = await countAll(tasks, { sources, isMuted });
  const totals = { tests, failures: counts.failure, errors: counts.error, skipped: counts.skipped };
  const elapsedMs = taskset.endedAtMs === undefined ? undefined : taskset.endedAtMs - taskset.launchedAtMs;
  const name = taskset.name ?? taskset.id;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<${xmlTag("testsuites", { name, ...totals, time: seconds(elapsedMs) })}>\n`;
  const timestamp = new Date(taskset.launchedAtMs).toISOString().slice(0, 19);
  yield `<${xmlTag("testsuite", { name, id: taskset.id, ...totals, time: seconds(elapsedMs), timestamp })}>\n`;
  for (const task of tasks) {
    yield await casesOf(task, { className: taskset.class ?? name, sources, isMuted: isMuted(task) });
  }
  yield "</testsuite>\n</testsuites>\n";
}

interface CaseOptions {
  readonly className: string;
  readonly sources: ReportSources;
  /** It failed, and that does not fail its taskset. */
  readonly isMuted: boolean;
}

interface CountOptions {
  readonly sources: ReportSources;
  readonly isMuted: (task: TaskView) => boolean;
}

async function countAll(tasks: readonly TaskView[], { sources, isMuted }: CountOptions) {
  const counts = { tests: 0, passed: 0, failure: 0, error: 0, skipped: 0 };
  for (const task of tasks) {
    const examples = await examplesOf(task, sources);
    for (const { status } of shownExamples(examples, isMuted(task)))
      counts[status === "failed" ? "failure" : status] += 1;
    counts.tests += examples.length;
    if (tellsAll(task, examples) || isEmptyPart(task, examples)) continue;
    counts[isMuted(task) ? "skipped" : outcomeOf(task)] += 1;
    counts.tests += 1;
  }
  return counts;
}

async function examplesOf({ lastTrial }: TaskView, { content }: ReportSources) {
  const blob = lastTrial?.outputBlob;
  return readExamples(blob === undefined ? lastTrial?.output : await content(blob));
}

/** The examples of a test file, and the file itself where they do not say why it failed. */
async function casesOf(task: TaskView, options: CaseOptions): Promise<string> {
  const { sources, className, isMuted } = options;
  const examples = await examplesOf(task, sources);
  const last = task.lastTrial;
  if (isEmptyPart(task, examples)) return "";
  if (examples.length === 0 || last === undefined) return testcase(task, options);
  const trials = task.trials.total > 1 ? await sources.trials(task.id) : [];
  const cases = exampleCases(shownExamples(examples, isMuted), {
    file: task.key === undefined ? className : fileOf(task, task.key),
    earlier: isMuted ? [] : trials.filter(({ id }) => id !== last.id),
    written: task.status === "failed" && !isMuted ? await outputOf(last, sources) : "",
  });
  return tellsAll(task, examples) ? cases : cases + (await testcase(task, options));
}

async function testcase(task: TaskView, { className, sources, isMuted }: CaseOptions): Promise<string> {
  const outcome = isMuted ? "skipped" : outcomeOf(task);
  const inside: string[] = [];
  if (outcome === "skipped")
    inside.push(xmlElement("skipped", { message: isMuted ? mutedBecause(task) : skippedBecause(task) }));
  const hasEarlier = task.trials.total > 1 && (outcome !== "skipped" || task.isFlaky);
  const trials = hasEarlier ? await sources.trials(task.id) : [];
  const last = task.lastTrial ?? trials.at(-1);
  if (outcome === "failure" || outcome === "error") {
    inside.push(fault(outcome, { ...task, error: task.error ?? last?.error, type: task.cause ?? "failed" }));
  }
  for (const trial of trials) {
    if (trial.id !== last?.id) inside.push(earlierTrial(trial, outcome));
  }
  if (last !== undefined && (outcome === "failure" || outcome === "error" || task.isFlaky)) {
    inside.push(await outputOf(last, sources));
  }
  const attributes = { name: task.key ?? task.id, classname: className, time: seconds(last?.durationMs ?? 0) };
  return `${xmlElement("testcase", attributes, inside.join(""))}\n`;
}

function outcomeOf(task: TaskView): Outcome {
  if (task.status === "succeeded") return "passed";
  if (task.status !== "failed") return "skipped";
  return task.cause === undefined || isByCode(task) ? "failure" : "error";
}

function skippedBecause(task: TaskView): string {
  const because = task.reason === undefined ? "" : `: ${task.reason.message}`;
  return isFinalTask(task.status) ? `${task.status}${because}` : `unfinished, ${task.status}${because}`;
}

interface Faulty {
  readonly error?: TaskView["error"];
  readonly reason?: TaskView["reason"];
  readonly type: string;
}

function fault(element: string, { error, reason, type }: Faulty): string {
  const message = error?.message ?? reason?.message ?? type;
  return xmlElement(
    element,
    { message: message.slice(0, 1_000), type: error?.name ?? type },
    xmlText(error?.stack ?? message),
  );
}

/** A trial before the last: it counted against the task, or was lost and forgiven. Succeeded and stopped twins are left out. */
function earlierTrial(trial: TrialView, outcome: Outcome): string {
  const isFailure = trial.status === "failed";
  if (!isFailure && trial.status !== "error" && trial.status !== "timeout" && trial.status !== "lost") return "";
  const element = `${outcome === "passed" ? "flaky" : "rerun"}${isFailure ? "Failure" : "Error"}`;
  const message = trial.error?.message ?? trial.cause ?? trial.status;
  const stack = xmlElement("stackTrace", {}, xmlText(trial.error?.stack ?? message));
  return xmlElement(element, { message: message.slice(0, 1_000), type: trial.error?.name ?? trial.status }, stack);
}

async function outputOf(trial: TrialView, { output }: ReportSources): Promise<string> {
  const stdout = await output(trial.id, "stdout");
  const stderr = await output(trial.id, "stderr");
  const out = stdout === "" ? "" : xmlElement("system-out", {}, xmlText(stdout));
  return out + (stderr === "" ? "" : xmlElement("system-err", {}, xmlText(stderr)));
}

function seconds(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : (ms / 1_000).toFixed(3);
}
