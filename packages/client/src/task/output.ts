import { CapstanError, type TaskView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";

/**
 * The output of a task that has its verdict; a large one is fetched from where it is stored.
 * @throws CapstanError `task-failed` for every verdict but `succeeded`.
 */
export async function outputOf(connection: Connection, task: TaskView, signal?: AbortSignal): Promise<unknown> {
  if (task.status !== "succeeded") throw verdictError(task);
  if (task.outputBlob === undefined) return task.output;
  const parameters = { digest: task.outputBlob.digest };
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
