import type { Capstan } from "@capstan/client";
import type { FileInput, TaskView, TrialView } from "@capstan/protocol";

/** Which files ran before one in a taskset. */
export interface EarlierFiles {
  readonly taskset: string;
  readonly worker: string;
  /** In their order. */
  readonly files: readonly string[];
}

/** A trial that is over, with its file. */
export interface EndedTrial {
  readonly file: string;
  readonly trial: TrialView;
}

/**
 * The files that had run on the worker on which the file failed last in the newest taskset of that name, before it did;
 * undefined when there is no such taskset or the file did not fail in it.
 */
export async function findEarlierFiles(client: Capstan, name: string, file: string): Promise<EarlierFiles | undefined> {
  for await (const { id } of client.tasksets({ name, limit: 1 })) {
    const found = earlierFiles(await endedTrials(client, (await client.taskset(id).report()).tasks), file);
    return found && { taskset: id, ...found };
  }
  return undefined;
}

/** What ran before the last failure of the file, where it failed. An executor runs files of one worker only. */
export function earlierFiles(
  trials: readonly EndedTrial[],
  file: string,
): Pick<EarlierFiles, "worker" | "files"> | undefined {
  const byGrant = trials.toSorted((left, right) => left.trial.grantedAtMs - right.trial.grantedAtMs);
  const failed = byGrant.findLast((each) => each.file === file && each.trial.status === "failed")?.trial;
  if (failed?.worker === undefined) return undefined;
  const before = byGrant.filter(
    ({ trial }) => trial.worker === failed.worker && (trial.endedAtMs ?? Infinity) <= failed.grantedAtMs,
  );
  const files = [...new Set(before.map((each) => each.file))].filter((each) => each !== file);
  return { worker: failed.workerName ?? failed.worker, files };
}

async function endedTrials(client: Capstan, tasks: readonly TaskView[]): Promise<EndedTrial[]> {
  const found: EndedTrial[] = [];
  for (const task of tasks) {
    const { file } = (task.input ?? {}) as Partial<FileInput>;
    if (file === undefined || task.lastTrial === undefined) continue;
    const trials = task.trials.total > 1 ? await client.task(task.id).trials() : [task.lastTrial];
    for (const trial of trials) found.push({ file, trial });
  }
  return found;
}
