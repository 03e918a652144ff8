import { finishLoading, loadTask, loadTaskset, loadWorker, startRecovery, type TaskRow } from "@capstan/core";
import { partitionOf, toCapstanError } from "@capstan/protocol";
import type { Opening, Store } from "@capstan/store";
import type { SpecBook } from "../launch/spec-book.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { Registry } from "../registry/registry.js";

export interface LoadParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly registry: Registry;
  readonly specs: SpecBook;
}

const chunk = 20_000;

/** Brings the unfinished work of the store to memory, in chunks. Says how many tasks there were. */
export async function loadState(parts: LoadParts, opening: Opening): Promise<number> {
  const { loop, store } = parts;
  loop.act((state, now) => {
    for (const row of opening.workers) loadWorker(state, row, now);
    for (const row of opening.jobEstimates) {
      const classKey = `${row.namespace}|${row.class}`;
      state.estimates.set(classKey, new Map([[row.key, row]]));
    }
    if (!opening.wasClean) startRecovery(state, now);
    for (const row of opening.tasksets) loadTaskset(state, row, partitionOf("taskset", row.id));
  });
  let count = 0;
  for (let after: string | undefined; ;) {
    const inputBytesMax = loop.state.config.inputBytesMax - loop.state.inputBytes;
    const rows = await store.loadTasks(after, chunk, Math.max(0, inputBytesMax));
    loop.act((state, now) => {
      for (const row of rows) {
        const spec = specOf(parts, row);
        loadTask(state, row, { spec, now, partition: partitionOf("task", row.id) });
      }
    });
    count += rows.length;
    after = rows.at(-1)?.id;
    if (rows.length < chunk) break;
  }
  loop.act((state, now) => finishLoading(state, now));
  return count;
}

function specOf({ registry, specs, loop }: LoadParts, row: TaskRow) {
  try {
    const resolved = registry.resolve(row.namespace, row.definition, row.revision);
    const tasksetPolicy = row.taskset === null ? null : (loop.state.tasksets.get(row.taskset)?.facts.policy ?? null);
    return specs.specOf({
      namespace: row.namespace,
      resolved,
      profile: row.profile,
      tasksetPolicy,
      override: row.policy,
    });
  } catch (error) {
    throw new Error(`the revision of ${row.id} is not in the store: ${toCapstanError(error).message}`, {
      cause: error,
    });
  }
}
