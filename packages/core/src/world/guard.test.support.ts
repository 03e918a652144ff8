import { isFinalTask, isFinalTaskset } from "@capstan/protocol";
import { tasksetTransitions } from "../machine/taskset-machine.js";
import { taskTransitions } from "../machine/task-machine.js";
import { trialTransitions } from "../machine/trial-machine.js";
import type { TransitionTable } from "../machine/transition-table.js";
import { workerTransitions } from "../machine/worker-machine.js";
import type { EngineState } from "../state/engine-state.js";

interface Subject {
  readonly id: string;
  status: string;
}

/** Watches every write of a status, and throws when the transition table has no such step. */
export class TransitionGuard {
  readonly #watched = new WeakSet<Subject>();

  /** Watches whatever has appeared since the last call. */
  watch(state: EngineState): void {
    for (const task of state.tasks.values()) this.#guard(task, taskTransitions);
    for (const taskset of state.tasksets.values()) this.#guard(taskset, tasksetTransitions);
    for (const trial of state.trials.values()) this.#guard(trial, trialTransitions);
    for (const worker of state.workers.values()) this.#guard(worker, workerTransitions);
  }

  #guard<S extends string, E extends string>(
    subject: { readonly id: string; status: S },
    table: TransitionTable<S, E>,
  ) {
    if (this.#watched.has(subject)) return;
    this.#watched.add(subject);
    let current = subject.status;
    Object.defineProperty(subject, "status", {
      get: () => current,
      set: (to: S) => {
        const steps = Object.values<S | undefined>(table[current]);
        if (to !== current && !steps.includes(to)) throw new Error(`${subject.id} went from ${current} to ${to}`);
        current = to;
      },
    });
  }
}

/** Remembers verdicts, and throws when one changes within its round. */
export class VerdictBook {
  readonly #verdicts = new Map<string, string>();

  note(task: string, round: number, status: string): void {
    const key = `${task} ${round}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined && known !== status)
      throw new Error(`the verdict of ${key} was ${known}, and is ${status}`);
    this.#verdicts.set(key, status);
  }

  check(state: EngineState): void {
    for (const task of state.tasks.values()) {
      if (isFinalTask(task.status)) throw new Error(`${task.id} is ${task.status} and still among the unfinished`);
      const known = this.#verdicts.get(`${task.id} ${task.round}`);
      if (known !== undefined) throw new Error(`${task.id} has its verdict, ${known}, and is ${task.status}`);
    }
    for (const taskset of state.tasksets.values()) {
      if (isFinalTaskset(taskset.status)) throw new Error(`${taskset.id} is ${taskset.status} and still held`);
    }
  }
}
