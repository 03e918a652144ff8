import { partitionOf } from "@capstan/protocol";
import type { Changes } from "../outcome/changes.js";
import type {
  EstimateRow,
  FinishedTaskRow,
  FlakyRow,
  OfferRow,
  PhaseRow,
  TaskRow,
  TasksetRow,
  TrialRow,
  WorkerRow,
} from "../row/row.js";

/** What a store would hold, as maps: batches are applied to it by the rules that the store's interface states. */
export class Disk {
  readonly tasks = new Map<string, TaskRow>();
  readonly finished = new Map<string, FinishedTaskRow>();
  readonly tasksets = new Map<string, TasksetRow>();
  readonly trials = new Map<string, TrialRow>();
  readonly workers = new Map<string, WorkerRow>();
  readonly estimates = new Map<string, EstimateRow>();
  readonly offers: OfferRow[] = [];
  readonly phases: PhaseRow[] = [];
  readonly flaky: FlakyRow[] = [];
  epoch = 0;

  apply(changes: Changes): void {
    for (const row of changes.tasksets) this.tasksets.set(row.id, row);
    for (const row of changes.insertedTasks) insert(this.tasks, row);
    for (const row of changes.updatedTasks) this.#update(row);
    for (const row of changes.finishedTasks) this.#finish(row);
    for (const row of changes.reopenedTasks) this.#reopen(row);
    for (const { id } of changes.discardedTasksets) {
      remove(this.tasksets, id);
      for (const task of [...this.tasks.values()]) if (task.taskset === id) this.tasks.delete(task.id);
    }
    for (const row of changes.trials) this.#end(row);
    this.offers.push(...changes.offers);
    this.phases.push(...changes.phases);
    this.flaky.push(...changes.flaky);
    for (const row of changes.estimates) this.estimates.set(`${row.namespace}|${row.class}|${row.key}`, row);
    for (const row of changes.workers) this.workers.set(row.id, row);
    for (const { id } of changes.deletedWorkers) this.workers.delete(id);
  }

  /** What is of the partition is another engine's. */
  forget(partition: number): void {
    for (const rows of [this.tasks, this.finished]) {
      for (const id of rows.keys()) if (partitionOf("task", id) === partition) rows.delete(id);
    }
    for (const id of this.tasksets.keys()) if (partitionOf("taskset", id) === partition) this.tasksets.delete(id);
  }

  /** A trial has one end, but one that was called lost may prove that it lives. */
  #end(row: TrialRow): void {
    const key = `${row.task} ${row.n}`;
    if (this.trials.get(key)?.status === "lost") this.trials.delete(key);
    insert(this.trials, row, key);
  }

  /** Inputs are written once; an update leaves them as they are. */
  #update(row: TaskRow): void {
    const known = this.tasks.get(row.id);
    if (known === undefined) throw new Error(`${row.id} is updated and not stored`);
    this.tasks.set(row.id, { ...row, inputJson: known.inputJson });
  }

  #finish(row: FinishedTaskRow): void {
    const before = this.finished.get(row.id);
    const known = this.tasks.get(row.id) ?? before;
    this.tasks.delete(row.id);
    if (before !== undefined) this.#takeBack(before);
    insert(this.finished, { ...row, inputJson: known === undefined ? row.inputJson : known.inputJson });
  }

  /** An earlier round's verdict goes, the trial that was its last stays. */
  #takeBack({ namespace, id, revision, lastTrial }: FinishedTaskRow): void {
    this.finished.delete(id);
    if (lastTrial !== null)
      insert(this.trials, { ...lastTrial, namespace, task: id, revision }, `${id} ${lastTrial.n}`);
  }

  #reopen(row: TaskRow): void {
    const known = this.finished.get(row.id);
    if (known === undefined) throw new Error(`${row.id} is reopened and not finished`);
    this.#takeBack(known);
    insert(this.tasks, { ...row, inputJson: known.inputJson });
  }
}

function insert<T extends object>(
  rows: Map<string, T>,
  row: T,
  key = (row as { readonly id?: string }).id ?? "",
): void {
  if (rows.has(key)) throw new Error(`the row ${key} is inserted twice`);
  rows.set(key, row);
}

function remove(rows: Map<string, unknown>, id: string): void {
  if (!rows.delete(id)) throw new Error(`the row ${id} is deleted and not stored`);
}
