import type { Capstan } from "capstan";
import type { Expectation, TasksetView, TaskView, Work } from "../work/work.js";

/** A task beside what was expected of it. */
export interface JudgedTask {
  readonly view: TaskView;
  readonly expected: Expectation;
  /** What is not as expected; undefined when everything is. */
  readonly wrong: string | undefined;
}

export interface Judged {
  readonly work: Work;
  readonly taskset: TasksetView;
  readonly tasks: readonly JudgedTask[];
}

interface Ended {
  readonly taskset: TasksetView;
  readonly tasks: readonly TaskView[];
}

/** Compares each verdict of a taskset that has ended with what was expected. */
export async function judge(work: Work, { taskset, tasks }: Ended, capstan: Capstan): Promise<Judged> {
  const judged = tasks.map(async (view) => {
    const expected = work.expected(view);
    return { view, expected, wrong: await differenceOf(view, expected, capstan) };
  });
  return { work, taskset, tasks: await Promise.all(judged) };
}

async function differenceOf(view: TaskView, expected: Expectation, capstan: Capstan): Promise<string | undefined> {
  const { status, cause, trials, error } = view;
  if (status !== expected.status) return `it is ${status}: ${error?.message ?? "without an error"}`;
  if (cause !== expected.cause) return `the cause is ${cause ?? "none"}: ${error?.message ?? "without an error"}`;
  if (expected.trials !== undefined && trials.total !== expected.trials) return `it took ${trials.total} trials`;
  return expected.check?.(view, capstan);
}
