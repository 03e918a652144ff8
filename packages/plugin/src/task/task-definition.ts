import type { Policy } from "@capstan/protocol";
import type { Schema } from "../schema/schema.js";
import type { TaskContext } from "./task-context.js";

declare const carried: unique symbol;

/** An example of a task's input, and of what it then gives. */
export interface TaskExample<Input = unknown, Output = unknown> {
  readonly input: Input;
  readonly output?: Output;
}

/** One task of a plugin, as code: what it is called, what it takes and gives, and how it runs. */
export interface TaskDefinition<Name extends string = string, Input = never, Valid = unknown, Result = unknown> {
  readonly kind: "capstan.task";
  readonly name: Name;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly input?: Schema;
  readonly output?: Schema;
  readonly examples?: readonly TaskExample[];
  readonly policy?: Policy;
  /** The input as the task's schema leaves it. @throws CapstanError `invalid-input`. */
  validateInput(value: unknown): Valid | Promise<Valid>;
  /** The output as the task's schema leaves it. @throws CapstanError `invalid-output`. */
  validateOutput(value: unknown): unknown;
  run(input: Valid, context: TaskContext): unknown;
  /** What a client passes, and what it gets back as JSON. */
  readonly [carried]?: { readonly input: (input: Input) => void; readonly result: Result };
}

/** The types that a definition carries. */
export type DefinitionInput<D> = D extends TaskDefinition<string, infer Input> ? Input : never;
export type DefinitionResult<D> = D extends TaskDefinition<string, never, unknown, infer Result> ? Result : never;
