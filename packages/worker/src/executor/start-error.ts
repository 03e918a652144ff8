import { CapstanError, isErrorCode } from "@capstan/protocol/plain";
import type { ProcessGroupSpawner } from "../spawner/process-group-spawner.js";
import type { ExecutorResources } from "./executor.js";

/** What keeps an executor from starting: its process, or the revision. */
export type StartErrorCode = "executor-start-failed" | "revision-load-failed";

/** The error of an executor that could not be started, with what its process printed last. */
export function startError(code: StartErrorCode, message: string, output = ""): CapstanError {
  const details = output === "" ? {} : { details: { output } };
  return new CapstanError(code, output === "" ? message : `${message}\n${output}`, details);
}

/** The error of an executor whose process somebody else killed before it was ready. */
export function killedError(message: string): CapstanError {
  return new CapstanError("executor-start-failed", message, { details: { wasKilled: true } });
}

/** Whether the process was killed by somebody else, which says nothing about what it was to load. */
export function wasKilled(error: unknown): boolean {
  return error instanceof CapstanError && error.details?.["wasKilled"] === true;
}

/** Whatever kept an executor from starting, with a code of Capstan's. */
export function toStartError(thrown: unknown): CapstanError {
  if (thrown instanceof CapstanError) return thrown;
  const { code, message = String(thrown) } = thrown as { readonly code?: unknown; readonly message?: string };
  const isOurs = typeof code === "string" && isErrorCode(code);
  return new CapstanError(isOurs ? code : "revision-load-failed", message, { cause: thrown });
}

/**
 * The spawner of the resources.
 * @throws CapstanError `executor-start-failed` when there is none
 */
export function requiredSpawner(resources: ExecutorResources): ProcessGroupSpawner {
  if (resources.spawner) return resources.spawner;
  throw startError("executor-start-failed", "this worker has no spawner; only inline executors can run in it");
}
