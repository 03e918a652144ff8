import type { Fault } from "@capstan/protocol";
import { faultOf } from "./fault-of.js";
import type { TaskContext } from "./task-context.js";
import type { TaskDefinition } from "./task-definition.js";
import { isSkip } from "./task-error.js";

/** How the code of a task ended. */
export type TaskOutcome =
  | { readonly status: "succeeded"; readonly output?: unknown }
  | { readonly status: "skipped"; readonly reason?: string }
  | { readonly status: "failed"; readonly error: Fault };

/**
 * Runs a task once: validates its input, runs its code, validates its output. The outcome comes at once when nothing in
 * it is asynchronous, as a promise otherwise. Never throws and never rejects.
 * Time limits and stops are the caller's, through the context's signal.
 */
export function runTask(
  definition: TaskDefinition,
  input: unknown,
  context: TaskContext,
): TaskOutcome | Promise<TaskOutcome> {
  try {
    const valid = definition.validateInput(input);
    const returned = isThenable(valid)
      ? Promise.resolve(valid).then((later) => definition.run(later, context))
      : definition.run(valid, context);
    const output = isThenable(returned)
      ? Promise.resolve(returned).then((later) => definition.validateOutput(later))
      : definition.validateOutput(returned);
    return isThenable(output) ? Promise.resolve(output).then(succeeded, unsuccessful) : succeeded(output);
  } catch (thrown) {
    return unsuccessful(thrown);
  }
}

function succeeded(output: unknown): TaskOutcome {
  return output === undefined ? { status: "succeeded" } : { status: "succeeded", output };
}

function unsuccessful(thrown: unknown): TaskOutcome {
  if (!isSkip(thrown)) return { status: "failed", error: faultOf(thrown) };
  return thrown.reason === undefined ? { status: "skipped" } : { status: "skipped", reason: thrown.reason };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
