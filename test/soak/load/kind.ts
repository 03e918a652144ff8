import type { Capstan, TaskHandle, TasksetHandle } from "@capstan/client";
import type { TaskCounts, TaskView } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";

/** What a kind of load may use. */
export interface LoadContext {
  readonly client: Capstan;
  readonly url: string;
  readonly random: SeededRandom;
  /** A number that no other part of the run was given. */
  readonly next: () => number;
  /** So many tasks were launched. */
  readonly launched: (tasks: number) => void;
}

/** One kind of load: something that users do, again and again. */
export interface Kind {
  readonly name: string;
  /** Between two beginnings. */
  readonly everyMs: number;
  /** Does it once, whole; throws when anything turns out otherwise than it should. */
  run(context: LoadContext): Promise<void>;
}

/** Longer than anything in the load takes on a machine that others use too, shorter than the retention of a long run. */
export const verdictMs = 60_000;

type Expected = { readonly [K in "status" | "cause" | "isFlaky"]?: TaskView[K] } & { readonly output?: unknown };

/** Waits for a task's verdict and throws when it is another one. */
export async function expectVerdict(task: TaskHandle, expected: Expected): Promise<TaskView> {
  const view = await task.outcome({ timeoutMs: verdictMs });
  for (const [field, value] of Object.entries(expected)) {
    const seen = JSON.stringify(view[field as keyof Expected]);
    if (seen !== JSON.stringify(value))
      throw new Error(`${task.id} has ${field} ${seen}, not ${JSON.stringify(value)}`);
  }
  return view;
}

/** The counts that are one number each. */
type Numbers = Omit<TaskCounts, "examples">;

/** Waits for the end of a taskset and throws when it has other counts. */
export async function expectCounts(taskset: TasksetHandle, expected: Partial<Numbers>): Promise<void> {
  const { status, counts } = await taskset.result({ timeoutMs: verdictMs });
  for (const [name, count] of Object.entries(expected)) {
    const seen = counts[name as keyof Numbers];
    if (seen !== count) throw new Error(`${taskset.id} (${status}) has ${seen} ${name}, not ${count}`);
  }
}

export function letters(random: SeededRandom, length: number): string {
  return Buffer.from(random.bytes(Math.ceil(length / 2)))
    .toString("hex")
    .slice(0, length);
}
