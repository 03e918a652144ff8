import { SkipTask } from "./task-error.js";

export type LogLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Structured log of a trial: a static message and fields, one line each on the trial's stderr. */
export interface TaskLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** Which trial this is. */
export interface TrialFacts {
  readonly id: string;
  readonly task: string;
  /** Counts from 1 in each round. */
  readonly number: number;
  readonly round: number;
  /** `plugin/name`. */
  readonly definition: string;
  readonly revision: string;
  readonly taskset?: string;
  readonly key?: string;
}

/** What a running task is given beside its input. */
export interface TaskContext {
  /** Aborted when the task has to stop: at its soft limit, or when it was cancelled. */
  readonly signal: AbortSignal;
  readonly log: TaskLog;
  /** Tells how far the trial is: a fraction from 0 to 1, and a note for people. */
  readonly progress: (fraction: number, note?: string) => void;
  readonly trial: TrialFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that the trial may work in, where there is one. */
  readonly workspace?: string;
  /** Ends the trial as `skipped`. */
  readonly skip: (reason?: string) => never;
}

/** What an executor knows of a trial; everything that is left out does nothing. */
export interface TaskContextParts {
  readonly trial: TrialFacts;
  readonly signal?: AbortSignal;
  readonly log?: TaskLog;
  readonly progress?: (fraction: number, note?: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly workspace?: string;
}

const silence: TaskLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Makes the context of a trial; executors call it, and tests that run a task directly. */
export function makeTaskContext(parts: TaskContextParts): TaskContext {
  const progress = parts.progress;
  return {
    signal: parts.signal ?? new AbortController().signal,
    log: parts.log ?? silence,
    progress: (fraction, note) => progress?.(Math.min(1, Math.max(0, fraction || 0)), note),
    trial: parts.trial,
    env: parts.env ?? {},
    ...(parts.workspace === undefined ? {} : { workspace: parts.workspace }),
    skip: (reason) => {
      throw new SkipTask(reason);
    },
  };
}
