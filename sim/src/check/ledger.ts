/** One run of a task's code, as the code itself saw it. */
export interface Execution {
  readonly task: string;
  readonly trial: string;
  readonly round: number;
  readonly machine: string;
  /** The process that it lives in: its machine's worker, or one of its own. */
  readonly isProcess: boolean;
  readonly revision: string;
  readonly isSafe: boolean;
  readonly startedMs: number;
  endedMs?: number;
  outcome?: string;
}

const none: readonly Execution[] = [];

/** What really ran: written by the tasks themselves, beside everything that the engine knows. */
export class Ledger {
  count = 0;
  readonly #failed: (error: Error) => void;
  readonly #byTask = new Map<string, Execution[]>();
  readonly #live = new Set<Execution>();

  /** `failed` is told what may not be: a second copy of what is not safe to rerun. */
  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
  }

  begin(execution: Execution): void {
    const { task, trial, isSafe } = execution;
    const before = this.#byTask.get(task) ?? [];
    const beside = before.find((other) => this.#live.has(other));
    if (!isSafe && beside !== undefined)
      this.#failed(new Error(`${trial} runs beside ${beside.trial}, and the task is not safe to rerun`));
    if (!isSafe && before.some((other) => other.trial === trial))
      this.#failed(new Error(`${trial} is run twice, and the task is not safe to rerun`));
    before.push(execution);
    this.#byTask.set(task, before);
    this.#live.add(execution);
    this.count += 1;
  }

  end(execution: Execution, outcome: string, nowMs: number): void {
    execution.outcome = outcome;
    execution.endedMs = nowMs;
    this.#live.delete(execution);
  }

  /** The machine's worker is gone, and all that ran in its process. */
  workerDied(machine: string, nowMs: number): void {
    for (const each of this.#live) {
      if (each.machine === machine && !each.isProcess) this.end(each, "killed", nowMs);
    }
  }

  of(task: string): readonly Execution[] {
    return this.#byTask.get(task) ?? none;
  }

  get tasks(): Iterable<readonly [string, readonly Execution[]]> {
    return this.#byTask;
  }
}
