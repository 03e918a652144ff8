import type { RevisionRow } from "@capstan/core";
import type { Check, Definition, Policy, Runtime } from "@capstan/protocol";
import { compileSchema } from "./compile-schema.js";

/** A definition of one revision, ready for launches: everything that never changes while the revision lives. */
export class ResolvedDefinition {
  /** `plugin/name`. */
  readonly name: string;
  readonly plugin: string;
  /** The revision's id. */
  readonly revision: string;
  readonly runtime: Runtime;
  readonly definition: Definition;
  readonly policy: Policy | undefined;
  #check: Check<unknown> | undefined;

  constructor({ id, plugin, manifest }: RevisionRow, definition: Definition) {
    this.name = `${plugin}/${definition.name}`;
    this.plugin = plugin;
    this.revision = id;
    this.runtime = manifest.runtime;
    this.definition = definition;
    this.policy = definition.policy;
  }

  /**
   * Checks an input against the definition's schema, which is compiled at the first input.
   * @throws CapstanError `invalid-input`, naming up to ten misfits.
   */
  validateInput(input: unknown): void {
    const schema = this.definition.input;
    if (schema === undefined || schema === true) return;
    this.#check ??= compileSchema(schema, { what: `the input of ${this.name}`, code: "invalid-input" });
    this.#check(input);
  }
}
