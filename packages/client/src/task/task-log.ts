import { isFinalTask } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { allItems } from "../connection/page.js";
import { Watch } from "../event/watch.js";
import { followLog, type LogChunk, type LogOptions } from "../log/follow-log.js";

/** A piece of a task's output, and the trial that wrote it. */
export interface TaskLogChunk extends LogChunk {
  readonly trial: string;
}

/** What the task's trials write: of the last one, or, when followed, of the present one and all that come after it. */
export async function* followTaskLog(
  connection: Connection,
  task: string,
  options: Omit<LogOptions, "offset"> = {},
): AsyncGenerator<TaskLogChunk, void, undefined> {
  if (options.follow !== true) {
    const last = (await trialIds(connection, task, options.signal)).at(-1);
    if (last !== undefined) yield* trialLog(connection, last, options);
    return;
  }
  const watch = new Watch(connection, { task, types: ["task.", "trial."], signal: options.signal });
  try {
    await watch.opened();
    yield* followTrials(connection, task, { ...options, watch });
  } finally {
    watch.stop();
  }
}

async function* followTrials(
  connection: Connection,
  task: string,
  { watch, ...options }: Omit<LogOptions, "offset"> & { readonly watch: Watch },
): AsyncGenerator<TaskLogChunk, void, undefined> {
  const { signal } = options;
  let seen: number | undefined;
  for (;;) {
    // Asked before the trials are listed: a task that is final by then gets no more of them.
    const { status } = await connection.call("getTask", { parameters: { task }, signal });
    const trials = await trialIds(connection, task, signal);
    // What earlier trials wrote is past.
    const next = trials.slice(seen ?? Math.max(0, trials.length - 1));
    seen = trials.length;
    for (const trial of next) yield* trialLog(connection, trial, options);
    if (next.length > 0) continue;
    if (isFinalTask(status)) return;
    await watch.changed();
  }
}

async function* trialLog(
  connection: Connection,
  trial: string,
  options: LogOptions,
): AsyncGenerator<TaskLogChunk, void, undefined> {
  for await (const chunk of followLog(connection, trial, options)) yield { ...chunk, trial };
}

async function trialIds(connection: Connection, task: string, signal?: AbortSignal): Promise<string[]> {
  return (await allItems(connection, "listTrials", { parameters: { task }, signal })).map(({ id }) => id);
}
