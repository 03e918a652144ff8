import type { Capstan, TasksetOptions } from "capstan";

type Report = Awaited<ReturnType<ReturnType<Capstan["taskset"]>["report"]>>;
/** A task with its verdict. */
export type TaskView = Report["tasks"][number];
export type TasksetView = Report["taskset"];

/** How a task is to end. */
export interface Expectation {
  readonly status: TaskView["status"];
  readonly cause?: string;
  /** How many trials it is to take; any number when left out. */
  readonly trials?: number;
  /** Whether it has a row of its own in the report, however many others ended alike. */
  readonly isSpecial?: boolean;
  /** What else must hold; answers what is wrong. */
  readonly check?: (task: TaskView, capstan: Capstan) => Promise<string | undefined>;
}

/** One taskset of the quickstart, and how each of its tasks is to end. */
export interface Work {
  readonly title: string;
  readonly launch: TasksetOptions;
  readonly expected: (task: TaskView) => Expectation;
}
