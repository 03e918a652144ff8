import {
  failRecall,
  findClass,
  loadEarly,
  recallOne,
  recallRetryMs,
  takeRecalled,
  type Effect,
  type TaskClass,
  type RecalledRow,
  type TaskRow,
  type Taskset,
} from "@capstan/core";
import { toCapstanError, type CapstanError } from "@capstan/protocol";
import type { Store } from "@capstan/store";
import type { RowSpecs } from "../launch/row-specs.js";
import type { EngineLoop } from "../loop/engine-loop.js";

type Recall = Extract<Effect, { type: "recall" }>;

export interface WindowParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly rowSpecs: RowSpecs;
  /** Told of reads that failed and are made again. */
  readonly failed: (error: CapstanError) => void;
  /** The store does not hold what memory says: the engine must stop. */
  readonly broken: (error: CapstanError) => void;
}

/**
 * Memory as a window on the unfinished tasks: most of a long backlog is in the store alone. Brings tasks back, in the
 * order of their queues when core asks for them, and by their ids when somebody means one.
 */
export class TaskWindow {
  readonly #parts: WindowParts;
  /** Recalls under way: who looks for a task that is on its way waits for it. */
  readonly #recalls = new Map<TaskClass, Promise<void>>();

  constructor(parts: WindowParts) {
    this.#parts = parts;
  }

  recall(recall: Recall): void {
    const { taskClass } = recall;
    const work = this.#recall(recall).finally(() => {
      if (this.#recalls.get(taskClass) === work) this.#recalls.delete(taskClass);
    });
    this.#recalls.set(taskClass, work);
  }

  async #recall(recall: Recall): Promise<void> {
    const { loop, store, failed, broken } = this.#parts;
    const { taskClass, stowed } = recall;
    try {
      const ids = stowed.map(({ id }) => id);
      const rows = await store.readTasks(taskClass.spec.namespace, ids);
      loop.act((state, now) => takeRecalled(state, { ...recall, rows }, now));
    } catch (error) {
      const failure = toCapstanError(error);
      if (failure.code !== "store-failed") return broken(failure);
      failed(failure);
      loop.act((state, now) => failRecall(state, recall, now));
    }
  }

  /** Resolves when each of the tasks that is unfinished is in memory. */
  async bring(namespace: string, ids: readonly string[]): Promise<void> {
    for (let missing = ids; ;) {
      missing = missing.filter((id) => !this.#parts.loop.state.tasks.has(id));
      if (missing.length === 0) return;
      const rows = await this.#parts.store.readTasks(namespace, missing);
      const onTheirWay = this.#take(rows);
      if (onTheirWay.length === 0) return;
      await Promise.all(onTheirWay.map((taskClass) => this.#recalls.get(taskClass) ?? this.#pause()));
      missing = rows.map(({ id }) => id);
    }
  }

  /** A recall that failed is made again in a while. */
  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#parts.loop.clock.setTimer(recallRetryMs, resolve));
  }

  /** Takes the rows of what waits in the store alone, and says in which classes some are being recalled. */
  #take(rows: readonly RecalledRow[]): TaskClass[] {
    const { loop, rowSpecs } = this.#parts;
    return loop.act((state, now) => {
      const onTheirWay: TaskClass[] = [];
      for (const row of rows) {
        if (state.tasks.has(row.id)) continue;
        const taskset = this.#tasksetOf(row);
        const spec = rowSpecs.of(row, taskset);
        const taskClass = findClass(state, spec, taskset);
        const { loading } = state;
        if (taskClass !== undefined && recallOne(state, taskClass, row, now)) continue;
        if (taskClass?.recalling.some(({ id }) => id === row.id) === true) onTheirWay.push(taskClass);
        // Else it is finished by now, and its row not written yet.
        else if (loading !== null && row.id > loading.after && !loading.early.has(row.id)) {
          loadEarly(state, [{ row, spec }], now);
        }
      }
      return onTheirWay;
    });
  }

  /** The class of a stored task, when it has one in memory. */
  classOf(row: TaskRow): TaskClass | undefined {
    const taskset = this.#tasksetOf(row);
    return findClass(this.#parts.loop.state, this.#parts.rowSpecs.of(row, taskset), taskset);
  }

  #tasksetOf(row: TaskRow): Taskset | null {
    return row.taskset === null ? null : (this.#parts.loop.state.tasksets.get(row.taskset) ?? null);
  }
}
