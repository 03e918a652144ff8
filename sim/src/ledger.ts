/** One run of a task's code, as the code itself saw it. */
export interface Execution {
  readonly task: string;
  readonly trial: string;
  readonly round: number;
  readonly machine: string;
  readonly version: string;
  readonly revision: string;
  readonly isSafe: boolean;
  readonly startedMs: number;
  endedMs: number | undefined;
  outcome: string | undefined;
}

/** What really ran: written by the tasks themselves, beside everything that the engine knows. */
export class Ledger {
  readonly executions: Execution[] = [];
  readonly #live = new Map<string, Set<Execution>>();

  /** Code begins. @throws Error when that may not be: a second copy of what is not safe to rerun, or other code. */
  begin(execution: Execution): void {
    const live = this.#live.get(execution.task) ?? new Set();
    if (!execution.isSafe && live.size > 0) {
      const [other] = live;
      throw new Error(`${execution.trial} runs beside ${other!.trial}, and the task is not safe to rerun`);
    }
    if (this.executions.some((each) => each.trial === execution.trial && !execution.isSafe))
      throw new Error(`${execution.trial} is run twice, and the task is not safe to rerun`);
    live.add(execution);
    this.#live.set(execution.task, live);
    this.executions.push(execution);
  }

  end(execution: Execution, outcome: string, nowMs: number): void {
    execution.outcome = outcome;
    execution.endedMs = nowMs;
    this.#live.get(execution.task)?.delete(execution);
  }

  /** The machine's process is gone, and all that ran in it. */
  machineDied(machine: string, nowMs: number): void {
    for (const live of this.#live.values()) {
      for (const execution of live) if (execution.machine === machine) this.end(execution, "killed", nowMs);
    }
  }

  of(task: string): Execution[] {
    return this.executions.filter((execution) => execution.task === task);
  }
}
