import type { Capstan } from "@capstan/client";
import { CapstanError, type TaskView, type TasksetView, type TrialView } from "@capstan/protocol";
import type { Journal, JournalLine } from "./journal.js";
import type { LaunchBook } from "./launch-book.js";

/** A process that was stopped as a whole, so that nobody could end it in time. */
export interface Frozen {
  readonly pid: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** All that is seen from outside once the faults are over. */
export interface Evidence {
  readonly book: LaunchBook;
  /** Every acknowledged task as it was read last; one that is missing here the engine does not know. */
  readonly tasks: ReadonlyMap<string, TaskView>;
  /** The trials of tasks that had more than one. */
  readonly trials: ReadonlyMap<string, readonly TrialView[]>;
  readonly tasksets: ReadonlyMap<string, TasksetEvidence>;
  /** Every task that the engine lists, acknowledged or not. */
  readonly listed: ReadonlyMap<string, TaskView>;
  readonly lines: readonly JournalLine[];
  readonly frozen?: readonly Frozen[];
}

export interface TasksetEvidence {
  readonly view: TasksetView;
  readonly tasks: readonly TaskView[];
}

interface Sources {
  readonly client: Capstan;
  readonly journal: Journal;
  readonly book: LaunchBook;
  /** By when every verdict must be there. */
  readonly timeoutMs: number;
}

const readsAtOnce = 8;

/** Waits for every verdict, up to the limit, and reads all that there is to be seen. */
export async function gatherEvidence({ client, journal, book, timeoutMs }: Sources): Promise<Evidence> {
  const ids = [...new Set(book.launches.map(({ task }) => task))];
  const tasks = new Map<string, TaskView>();
  await Promise.all(
    ids.map(async (id) => {
      const view = await readTask(client, id, timeoutMs);
      if (view !== undefined) tasks.set(id, view);
    }),
  );
  const retried = [...tasks.values()].filter((view) => view.trials.total > 1);
  const trials = await mapOf(retried, async ({ id }) => [id, await client.task(id).trials()]);
  const listed = new Map<string, TaskView>();
  for await (const task of client.tasks({ limit: 1_000 })) listed.set(task.id, task);
  const tasksets = await mapOf(book.tasksets, async ({ id }) => {
    const view = await client.taskset(id).refresh();
    return [id, { view, tasks: [...listed.values()].filter(({ taskset }) => taskset === id) }];
  });
  return { book, tasks, trials, tasksets, listed, lines: journal.lines() };
}

async function readTask(client: Capstan, id: string, timeoutMs: number): Promise<TaskView | undefined> {
  try {
    return await client.task(id).outcome({ timeoutMs });
  } catch (error) {
    if (!(error instanceof CapstanError)) throw error;
    if (error.code === "not-found") return undefined;
    return client.task(id).refresh();
  }
}

/** Reads a few at a time. */
async function mapOf<T, V>(items: readonly T[], read: (item: T) => Promise<[string, V]>): Promise<Map<string, V>> {
  const found: [string, V][] = [];
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) found.push(await read(item));
  };
  await Promise.all(Array.from({ length: readsAtOnce }, lane));
  return new Map(found);
}
