/**
 * The trials of an executor process, in the order in which they began.
 *
 * An array and not a Map: there are few, most end in the order in which they began, and the tables that a busy Map leaves
 * behind keep ended trials alive until the next full collection.
 */
import type { ProcessTrial } from "./process-trial.js";

export class RunningTrials implements Iterable<ProcessTrial> {
  readonly #trials: ProcessTrial[] = [];

  get size(): number {
    return this.#trials.length;
  }

  add(trial: ProcessTrial): void {
    this.#trials.push(trial);
  }

  find(id: string): ProcessTrial | undefined {
    for (const trial of this.#trials) if (trial.order.trial === id) return trial;
    return undefined;
  }

  delete(trial: ProcessTrial): void {
    const index = this.#trials.indexOf(trial);
    if (index >= 0) this.#trials.splice(index, 1);
  }

  /** Takes all of them out. */
  clear(): ProcessTrial[] {
    return this.#trials.splice(0);
  }

  [Symbol.iterator](): Iterator<ProcessTrial> {
    return this.#trials.values();
  }
}
