import { isFinalTaskset, type TasksetView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { sleep } from "../connection/sleep.js";
import { Watch } from "../event/watch.js";

export interface ProgressOptions {
  /** The shortest time between two views; default 250 ms. */
  readonly everyMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The taskset now and after every change until its end, which is the last one given. Changes are told, not asked for. */
export async function* followProgress(
  connection: Connection,
  taskset: string,
  { everyMs = 250, signal }: ProgressOptions = {},
): AsyncGenerator<TasksetView, void, undefined> {
  const watch = new Watch(connection, { taskset, signal });
  try {
    await watch.opened();
    for (;;) {
      await watch.changed();
      const view = await connection.call("getTaskset", { parameters: { taskset }, signal });
      yield view;
      if (isFinalTaskset(view.status)) return;
      await sleep(connection.settings.clock, everyMs, signal);
    }
  } finally {
    watch.stop();
  }
}
