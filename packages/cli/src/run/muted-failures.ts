import type { Capstan } from "@capstan/client";
import { readExamples, type Example, type TaskView } from "@capstan/protocol";

/** Files whose muted examples are shown one by one; the report has the others. */
const filesMax = 50;

/** A file that did not fail, with the examples of it that did and are muted. */
export interface MutedFailure {
  readonly task: TaskView;
  readonly muted: readonly Example[];
}

/** The muted examples that failed, of files that did not: those of the others are told with their failures. */
export async function* mutedFailures(
  client: Capstan,
  taskset: string,
  files: readonly string[],
): AsyncGenerator<MutedFailure, void, undefined> {
  for (const key of files.slice(0, filesMax)) {
    for await (const { id, status } of client.tasks({ taskset, key })) {
      if (status === "failed") continue;
      const task = await client.task(id).refresh();
      const output = task.lastTrial && (await client.trialOutput(task.lastTrial));
      const muted = readExamples(output).filter((example) => example.status === "muted");
      if (muted.length > 0) yield { task, muted };
    }
  }
}
