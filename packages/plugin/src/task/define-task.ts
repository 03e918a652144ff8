import type { Policy } from "@capstan/protocol";
import type { Jsonified, Schema, SchemaInput, SchemaOutput } from "../schema/schema.js";
import { makeValidator } from "../schema/validator.js";
import type { TaskContext } from "./task-context.js";
import type { TaskDefinition, TaskExample } from "./task-definition.js";

/** How a task describes itself. `Input` and `Output` are its schemas, `Returned` is what its code returns. */
export interface TaskOptions<Name extends string, Input, Output, Valid, Returned> {
  /** Unique in its plugin: letters, digits, `_`, `.` and `-`. Left out where the plugin names its tasks by keys. */
  readonly name?: Name;
  readonly description?: string;
  /** Facts for people and tools; the engine passes them on unread. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** What the task takes. Without it any JSON is taken. */
  readonly input?: Input;
  /** What the task gives. Without it any JSON is given. */
  readonly output?: Output;
  readonly examples?: readonly TaskExample<SchemaInput<Input>, SchemaOutput<Output>>[];
  /** Timeouts, retries, concurrency; a launch may override each field. */
  readonly policy?: Policy;
  /** Does the work. What it returns is the task's result; what it throws makes the trial `failed`. */
  run(input: Valid, context: TaskContext): Returned;
}

type MaybePromise<T> = T | Promise<T>;
/** What the code may return: what the output schema takes, or anything where there is none. */
type Returnable<Output> = Output extends object ? MaybePromise<SchemaInput<Output>> : unknown;
type Result<Output, Returned> = Jsonified<Output extends object ? SchemaOutput<Output> : Awaited<Returned>>;

/**
 * Defines one task of a plugin.
 * @example
 * defineTask({
 *   name: "resize",
 *   input: z.object({ path: z.string(), width: z.int() }),
 *   run: async ({ path, width }, { signal }) => resize(path, width, { signal }),
 * });
 */
export function defineTask<
  const Name extends string = "",
  const Input extends Schema = Schema,
  const Output extends Schema | undefined = undefined,
  Returned extends Returnable<Output> = Returnable<Output>,
>(
  options: TaskOptions<Name, Input, Output, SchemaOutput<Input>, Returned> & { readonly input: Input },
): TaskDefinition<Name, SchemaInput<Input>, SchemaOutput<Input>, Result<Output, Returned>>;
/** Without an input schema the type of the input is the one that `run` states; it is not checked. */
export function defineTask<
  const Name extends string = "",
  Valid = unknown,
  const Output extends Schema | undefined = undefined,
  Returned extends Returnable<Output> = Returnable<Output>,
>(
  options: TaskOptions<Name, unknown, Output, Valid, Returned> & { readonly input?: never },
): TaskDefinition<Name, NoInfer<Valid>, NoInfer<Valid>, Result<Output, Returned>>;
export function defineTask(options: TaskOptions<string, Schema, Schema, unknown, unknown>): TaskDefinition {
  const { name = "", input, output } = options;
  return {
    ...options,
    kind: "capstan.task",
    name,
    validateInput: makeValidator(input, "The input", "invalid-input"),
    validateOutput: makeValidator(output, "The output", "invalid-output"),
  };
}
