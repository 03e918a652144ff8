import type { FinishedTaskRow, TaskRow, TrialRow } from "@capstan/core";
import type { CommitBatch, StoredTask } from "../store.js";

function keyOf({ namespace, id }: { readonly namespace: string; readonly id: string }): string {
  return `${id} ${namespace}`;
}

/** The simplest thing that does what a store does with tasks. */
export class StoreModel {
  readonly hot = new Map<string, TaskRow>();
  readonly history = new Map<string, FinishedTaskRow>();
  readonly trials = new Map<string, TrialRow>();

  apply(batch: Omit<CommitBatch, "fences">): void {
    for (const task of batch.insertedTasks ?? []) this.hot.set(keyOf(task), task);
    for (const task of batch.updatedTasks ?? []) {
      const { inputJson } = this.hot.get(keyOf(task))!;
      this.hot.set(keyOf(task), { ...task, inputJson });
    }
    for (const task of batch.finishedTasks ?? []) {
      const inputJson = task.inputJson ?? this.hot.get(keyOf(task))?.inputJson ?? null;
      this.hot.delete(keyOf(task));
      this.history.set(keyOf(task), { ...task, inputJson });
    }
    for (const task of batch.reopenedTasks ?? []) this.#reopen(task);
    for (const trial of batch.trials ?? []) this.#addTrial(trial);
  }

  #reopen(task: TaskRow): void {
    const finished = this.history.get(keyOf(task))!;
    this.history.delete(keyOf(task));
    if (finished.lastTrial !== null) {
      const { namespace, id, revision } = finished;
      this.#addTrial({ namespace, task: id, revision, ...finished.lastTrial });
    }
    this.hot.set(keyOf(task), { ...task, inputJson: task.inputJson ?? finished.inputJson });
  }

  #addTrial(trial: TrialRow): void {
    this.trials.set(`${trial.namespace} ${trial.task} ${String(trial.n).padStart(6, "0")}`, trial);
  }

  trialsOf(task: { readonly namespace: string; readonly id: string }): TrialRow[] {
    return [...this.trials]
      .filter(([, trial]) => trial.namespace === task.namespace && trial.task === task.id)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([, trial]) => trial);
  }

  /** Unfinished tasks in the order of their ids. */
  listHot(): TaskRow[] {
    return [...this.hot.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** All tasks of a namespace, newest first. */
  listAll(namespace: string): StoredTask[] {
    const all: StoredTask[] = [
      ...[...this.hot.values()].map((row) => ({ isFinished: false, row }) as const),
      ...[...this.history.values()].map((row) => ({ isFinished: true, row }) as const),
    ];
    return all
      .filter(({ row }) => row.namespace === namespace)
      .toSorted((left, right) => (left.row.id < right.row.id ? 1 : -1));
  }
}
