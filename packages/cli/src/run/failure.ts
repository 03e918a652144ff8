import type { Capstan } from "@capstan/client";
import type { Example, TaskView, TasksetView } from "@capstan/protocol";
import { readTail, type Tail } from "./tail.js";

/** A task that failed, with the end of what its last trial wrote. */
export interface Failure {
  readonly task: TaskView;
  /** It does not fail its taskset; default false. */
  readonly isMuted?: boolean;
  /** Of a test file: the examples that failed. */
  readonly examples: readonly Example[];
  /** Those that failed as well and are muted; default none. */
  readonly muted?: readonly Example[];
  readonly stdout: Tail;
  readonly stderr: Tail;
}

/** Shown in full while a taskset runs; the counts and the report have the others. */
const failuresMax = 50;

/** Finds the failures of a taskset as they happen, each once. */
export class Failures {
  readonly #client: Capstan;
  readonly #taskset: string;
  readonly #seen = new Set<string>();

  constructor(client: Capstan, taskset: string) {
    this.#client = client;
    this.#taskset = taskset;
  }

  /** How many were not shown in full. */
  hiddenCount({ counts }: TasksetView): number {
    return Math.max(0, counts.failed - this.#seen.size);
  }

  /** Those that have come since the last call. */
  async *next({ counts, muted }: TasksetView): AsyncGenerator<Failure, void, undefined> {
    if (counts.failed <= this.#seen.size || this.#seen.size >= failuresMax) return;
    const query = { taskset: this.#taskset, status: "failed" as const };
    for await (const { id } of this.#client.tasks(query)) {
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      const failure = await readFailure(this.#client, id);
      yield { ...failure, isMuted: failure.task.key !== undefined && muted?.includes(failure.task.key) === true };
      if (this.#seen.size >= failuresMax) return;
    }
  }
}

/** A failed task with its examples and the end of its output. */
export async function readFailure(client: Capstan, id: string): Promise<Failure> {
  const task = await client.task(id).refresh();
  const { lastTrial } = task;
  const [output, stdout, stderr] = await Promise.all([
    lastTrial === undefined ? undefined : client.trialOutput(lastTrial),
    readTail(client, lastTrial?.id, "stdout"),
    readTail(client, lastTrial?.id, "stderr"),
  ]);
  const { readExamples } = await import("@capstan/protocol");
  const told = readExamples(output);
  const examples = told.filter(({ status }) => status === "failed");
  const muted = told.filter(({ status }) => status === "muted");
  return { task, examples, ...(muted.length > 0 && { muted }), stdout, stderr };
}
