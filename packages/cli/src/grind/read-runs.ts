import type { Capstan, TasksetHandle } from "@capstan/client";
import { readExamples, type FileInput, type TaskView } from "@capstan/protocol";
import type { GrindRun } from "./grind-report.js";

/** The runs of a taskset that ground files; those that got no end, such as cancelled ones, are left out. */
export async function readRuns(client: Capstan, handle: TasksetHandle): Promise<GrindRun[]> {
  const runs: GrindRun[] = [];
  for (const task of (await handle.report()).tasks) {
    const run = await runOf(client, task);
    if (run !== undefined) runs.push(run);
  }
  return runs;
}

async function runOf(client: Capstan, task: TaskView): Promise<GrindRun | undefined> {
  const { lastTrial, status } = task;
  if (lastTrial === undefined || (status !== "succeeded" && status !== "failed" && status !== "skipped"))
    return undefined;
  return {
    file: (task.input as FileInput).file,
    outcome: status === "succeeded" ? "passed" : status,
    durationMs: lastTrial.durationMs ?? 0,
    worker: lastTrial.workerName ?? "unknown",
    trial: lastTrial.id,
    failures: status === "failed" ? await failuresOf(client, task) : [],
  };
}

/** The examples that failed; the file itself where they do not say why it did. */
async function failuresOf(client: Capstan, { lastTrial, cause = "failed" }: TaskView): Promise<GrindRun["failures"]> {
  const failed = readExamples(await client.trialOutput(lastTrial!)).filter(({ status }) => status === "failed");
  if (failed.length > 0) return failed.map(({ name, message = "failed" }) => ({ name, message }));
  return [{ name: "the file", message: lastTrial!.error?.message ?? cause }];
}
