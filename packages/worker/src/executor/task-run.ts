/** Runs one task's code in this process and says how it ended. Shared by `inline` and the child of `node`. */
import type { TrialError } from "./executor.js";
import type { RunnableDefinition } from "./plugin-shape.js";
import { TaskContext, TaskSkipped } from "./task-context.js";

/** How the code ended, before limits and requests to stop are taken into account. */
export interface TaskOutcome {
  status: "succeeded" | "skipped" | "failed";
  output?: unknown;
  error?: TrialError;
  counts?: Record<string, number>;
}

/**
 * Runs the code; the outcome comes at once when nothing in it is asynchronous, as a promise otherwise. Never throws and
 * never rejects.
 */
export function runTask(
  definition: RunnableDefinition,
  input: unknown,
  context: TaskContext,
): TaskOutcome | Promise<TaskOutcome> {
  try {
    if (definition.validateInput || definition.validateOutput) return runChecked(definition, input, context);
    const output = definition.run(input, context);
    if (!isThenable(output)) return succeeded(output, context);
    return output.then(
      (value) => succeeded(value, context),
      (thrown: unknown) => failed(thrown, context),
    ) as Promise<TaskOutcome>;
  } catch (thrown) {
    return failed(thrown, context);
  }
}

async function runChecked(definition: RunnableDefinition, input: unknown, context: TaskContext): Promise<TaskOutcome> {
  let checked: unknown;
  try {
    checked = (await definition.validateInput?.(input)) ?? input;
  } catch (thrown) {
    return { status: "failed", error: { ...trialError(thrown), name: "InvalidInput", retryable: false } };
  }
  let output: unknown;
  try {
    output = await definition.run(checked, context);
  } catch (thrown) {
    return failed(thrown, context);
  }
  try {
    return succeeded((await definition.validateOutput?.(output)) ?? output, context);
  } catch (thrown) {
    return { status: "failed", error: { ...trialError(thrown), name: "InvalidOutput", retryable: false } };
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function succeeded(output: unknown, context: TaskContext): TaskOutcome {
  return withCounts({ status: "succeeded", output }, context);
}

function failed(thrown: unknown, context: TaskContext): TaskOutcome {
  const error = trialError(thrown);
  if (isSkip(thrown)) {
    return withCounts({ status: "skipped", output: error.message }, context);
  }
  return withCounts({ status: "failed", error }, context);
}

/** Known by its shape, because a bundle brings its own copies of the classes. */
function isSkip(thrown: unknown): boolean {
  if (thrown instanceof TaskSkipped) return true;
  if (typeof thrown !== "object" || thrown === null) return false;
  const { kind, name } = thrown as Record<string, unknown>;
  return kind === "capstan.skip" || name === "TaskSkipped";
}

function withCounts(outcome: TaskOutcome, context: TaskContext): TaskOutcome {
  const counts = TaskContext.countsOf(context);
  if (counts) outcome.counts = counts;
  return outcome;
}

const textMax = 16 * 1024;

/** Describes whatever was thrown, in bounded length. Never throws. */
export function trialError(thrown: unknown): TrialError {
  try {
    if (typeof thrown !== "object" || thrown === null) return { message: String(thrown).slice(0, textMax) };
    const { message, name, stack, retryable } = thrown as Record<string, unknown>;
    const error: TrialError = { message: typeof message === "string" ? message.slice(0, textMax) : inspected(thrown) };
    if (typeof name === "string") error.name = name.slice(0, 256);
    if (typeof stack === "string") error.stack = stack.slice(0, textMax);
    if (typeof retryable === "boolean") error.retryable = retryable;
    return error;
  } catch {
    return { message: "the task threw something that cannot be described" };
  }
}

function inspected(thrown: object): string {
  return (JSON.stringify(thrown) ?? Object.prototype.toString.call(thrown)).slice(0, textMax);
}
