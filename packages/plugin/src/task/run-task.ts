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
 * Runs a task once: validates its input, runs its code, validates its output. Never rejects.
 * Time limits and stops are the caller's, through the context's signal.
 */
export async function runTask(definition: TaskDefinition, input: unknown, context: TaskContext): Promise<TaskOutcome> {
  try {
    const valid = await definition.validateInput(input);
    const returned = await definition.run(valid, context);
    const output = await definition.validateOutput(returned);
    return output === undefined ? { status: "succeeded" } : { status: "succeeded", output };
  } catch (thrown) {
    if (!isSkip(thrown)) return { status: "failed", error: faultOf(thrown) };
    return thrown.reason === undefined ? { status: "skipped" } : { status: "skipped", reason: thrown.reason };
  }
}
