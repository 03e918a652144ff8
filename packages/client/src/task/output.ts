import { CapstanError, type TaskView, type TrialView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";

/**
 * The output of a task that has its verdict; a large one is fetched from where it is stored.
 * @throws CapstanError `task-failed` for every verdict but `succeeded`.
 */
export async function outputOf(connection: Connection, task: TaskView, signal?: AbortSignal): Promise<unknown> {
  if (task.status !== "succeeded") throw verdictError(task);
  return contentOf(connection, task, signal);
}

/** What a task or trial gave, whatever its verdict; undefined when it gave nothing. */
export async function contentOf(
  connection: Connection,
  { output, outputBlob }: Pick<TrialView, "output" | "outputBlob">,
  signal?: AbortSignal,
): Promise<unknown> {
  if (outputBlob === undefined) return output;
  const parameters = { digest: outputBlob.digest };
  return JSON.parse(await connection.text("getBlob", { parameters, signal })) as unknown;
}

function verdictError(task: TaskView): CapstanError {
  const { id, status, cause, error, trials } = task;
  const reason = error?.message ?? task.reason?.message ?? cause;
  const said = reason === undefined ? "" : `: ${reason}`;
  const message = `${id} (${task.definition}) ${verb(status)}${cause === undefined ? "" : ` (${cause})`}${said}`;
  return new CapstanError("task-failed", message, {
    details: { task: id, status, cause, error, trials: trials.total },
  });
}

function verb(status: TaskView["status"]): string {
  return status === "failed" ? "failed" : `was ${status}`;
}
