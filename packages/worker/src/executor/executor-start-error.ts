/** An executor could not be started, or could not load its revision. */
import type { ProcessGroupSpawner } from "../spawner/process-group-spawner.js";
import type { ExecutorResources } from "./executor.js";

export class ExecutorStartError extends Error {
  override readonly name = "ExecutorStartError";
  readonly code: "executor-start-failed" | "revision-load-failed";
  /** What the process printed last, if it did. */
  readonly output: string;

  constructor(code: ExecutorStartError["code"], message: string, output = "") {
    super(output === "" ? message : `${message}\n${output}`);
    this.code = code;
    this.output = output;
  }
}

/**
 * The spawner of the resources.
 * @throws ExecutorStartError when there is none
 */
export function requiredSpawner(resources: ExecutorResources): ProcessGroupSpawner {
  if (resources.spawner) return resources.spawner;
  throw new ExecutorStartError(
    "executor-start-failed",
    "this worker has no spawner; only inline executors can run in it",
  );
}
