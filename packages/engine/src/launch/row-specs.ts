import type { PlainTaskRow, Taskset, TaskSpec } from "@capstan/core";
import type { Registry } from "../registry/registry.js";
import type { SpecBook } from "./spec-book.js";

/** What a row says of how its task is run. */
export type SpecRow = Pick<PlainTaskRow, "namespace" | "definition" | "revision" | "profile" | "policy">;

/** Finds the specs of stored tasks: the one object that tasks with equal specs share. */
export class RowSpecs {
  readonly #registry: Registry;
  readonly #specs: SpecBook;

  constructor(registry: Registry, specs: SpecBook) {
    this.#registry = registry;
    this.#specs = specs;
  }

  /** @throws CapstanError `unknown-revision` when it is gone. One with unfinished tasks never is. */
  of({ namespace, definition, revision, profile, policy }: SpecRow, taskset: Taskset | null): TaskSpec {
    const resolved = this.#registry.resolve(namespace, definition, revision);
    const tasksetPolicy = taskset?.facts.policy ?? null;
    return this.#specs.specOf({ namespace, resolved, profile, tasksetPolicy, override: policy });
  }
}
