import type { Capstan } from "@capstan/client";
import type { SeededRandom } from "@capstan/testkit";
import type { Launch, LaunchBook, LaunchedTaskset } from "./launch-book.js";

export type Draft = Pick<Launch, "n" | "forMs">;

/** What a way of launching works with. */
export interface LaunchDesk {
  readonly client: Capstan;
  readonly random: SeededRandom;
  readonly book: LaunchBook;
  /** The number of the next launch, and how long its trials take. */
  readonly draft: () => Draft;
  /** The input of a task of the tests. */
  readonly input: (draft: Draft, more?: object) => object;
  /** Holds a key that was acknowledged, so that it is used once more later. */
  readonly keep: (key: string, launch: KeptLaunch) => void;
}

/** What was launched under a key, to be launched once more. */
export interface KeptLaunch {
  readonly definition: string;
  readonly input: object;
  readonly task: string;
}

export interface Way {
  /** Its share among the others. */
  readonly weight: number;
  readonly launch: (desk: LaunchDesk) => Promise<void>;
}

const definition = "probe/note";
const together = 10;

async function launchOne(desk: LaunchDesk): Promise<void> {
  const draft = desk.draft();
  const key = `key-${draft.n}`;
  const input = desk.input(draft);
  const { id } = await desk.client.launch(definition, input, { idempotencyKey: key });
  desk.book.add({ ...draft, task: id });
  desk.keep(key, { definition, input, task: id });
}

async function launchTogether({ client, book, draft, input }: LaunchDesk): Promise<void> {
  const drafts = Array.from({ length: together }, draft);
  const handles = await client.launchMany(
    definition,
    drafts.map((one) => input(one)),
  );
  book.add(...drafts.map((one, at) => ({ ...one, task: handles[at]!.id })));
}

async function launchTaskset(desk: LaunchDesk): Promise<void> {
  const drafts = Array.from({ length: together }, desk.draft);
  const taskset = await desk.client.launchTaskset({
    task: definition,
    name: `set-${drafts[0]!.n}`,
    tasks: drafts.map((draft) => ({ key: String(draft.n), input: desk.input(draft) })),
  });
  await addTaskset(desk, taskset.id, drafts);
}

type KeyedDraft = Draft & { readonly key?: string };

/** Takes down the tasks of an acknowledged taskset; the key of each is its number where it has no other. */
export async function addTaskset(
  { client, book }: LaunchDesk,
  id: string,
  drafts: readonly KeyedDraft[],
): Promise<LaunchedTaskset> {
  const taskset = { id, tasks: drafts.length };
  book.tasksets.push(taskset);
  const byKey = new Map(drafts.map(({ n, forMs, key = String(n) }) => [key, { n, forMs }]));
  for await (const task of client.tasks({ taskset: id, limit: 1_000 })) {
    const draft = byKey.get(task.key ?? "");
    if (draft === undefined) book.failures.push(`${id} has a task ${task.id} that nobody launched`);
    else book.add({ ...draft, task: task.id, taskset: id });
  }
  return taskset;
}

/** A task of the far future, whose acknowledged cancel must stand. */
async function launchAndCancel({ client, book, draft, input }: LaunchDesk): Promise<void> {
  const one = draft();
  const handle = await client.launch(definition, input(one), { delayMs: 3_600_000 });
  book.add({ ...one, task: handle.id, isFarOff: true });
  book.cancels.set(handle.id, (await handle.cancel()).status);
}

export const farOffWay: Way = { weight: 1, launch: launchAndCancel };

/** In all the ways there are to launch what is safe to rerun. */
export const plainWays: readonly Way[] = [
  { weight: 5, launch: launchOne },
  { weight: 2, launch: launchTogether },
  { weight: 2, launch: launchTaskset },
  farOffWay,
];
