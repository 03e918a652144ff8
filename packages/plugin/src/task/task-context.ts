import { SkipTask } from "./task-error.js";
import type { TaskLog } from "./task-log.js";

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
  /** Tells how far the trial is: a fraction from 0 to 1 where it is known, and a note for people. */
  readonly progress: (fraction?: number, note?: string) => void;
  /** Reports named counts with the result, such as passed and failed examples; later calls replace equal names. */
  readonly counts: (counts: Readonly<Record<string, number>>) => void;
  readonly trial: TrialFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that the trial may work in, where there is one. */
  readonly workspace: string | undefined;
  /** Ends the trial as `skipped`. */
  readonly skip: (reason?: string) => never;
}

/**
 * What an executor knows of a trial; everything that is left out does nothing. Each part is read when the task asks for
 * it, so those that cost something may be getters.
 */
export interface TaskContextParts {
  readonly trial: TrialFacts;
  readonly signal?: AbortSignal;
  readonly log?: TaskLog;
  progress?(fraction: number | undefined, note?: string): void;
  counts?(counts: Readonly<Record<string, number>>): void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly workspace?: string | undefined;
}

const silence: TaskLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Makes the context of a trial; executors call it, and tests that run a task directly. */
export function makeTaskContext(parts: TaskContextParts): TaskContext {
  return new PartsContext(parts);
}

/** Most tasks use little of their context, so nothing of it is made before it is asked for. */
class PartsContext implements TaskContext {
  readonly #parts: TaskContextParts;
  #signal: AbortSignal | undefined;

  constructor(parts: TaskContextParts) {
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#parts.signal ?? new AbortController().signal);
  }

  get log(): TaskLog {
    return this.#parts.log ?? silence;
  }

  get trial(): TrialFacts {
    return this.#parts.trial;
  }

  get env(): TaskContext["env"] {
    return this.#parts.env ?? {};
  }

  get workspace(): string | undefined {
    return this.#parts.workspace;
  }

  // Functions and not methods: tasks take them out of their context.
  get progress(): TaskContext["progress"] {
    const parts = this.#parts;
    return (fraction, note) => parts.progress?.(bounded(fraction), note);
  }

  get counts(): TaskContext["counts"] {
    const parts = this.#parts;
    return (counts) => parts.counts?.(counts);
  }

  get skip(): TaskContext["skip"] {
    return (reason) => {
      throw new SkipTask(reason);
    };
  }
}

function bounded(fraction: number | undefined): number | undefined {
  return Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction!)) : undefined;
}
