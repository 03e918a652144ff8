import { resolvePolicy, type TaskSpec } from "@capstan/core";
import type { Policy, Profile } from "@capstan/protocol";
import type { ResolvedDefinition } from "../registry/resolved-definition.js";

export interface SpecRequest {
  readonly namespace: string;
  readonly resolved: ResolvedDefinition;
  readonly profile: Profile;
  /** The policy of its taskset, which lies between the definition's and the task's own. */
  readonly tasksetPolicy: Policy | null;
  readonly override: Policy | null;
}

/** Specs in the book beyond which those that nobody holds any more are struck out. */
const sweepAt = 1_000;

/**
 * Interns task specs: equal ones are one object, as core asks. The book itself holds none: a spec is the same object for
 * as long as a class of tasks has it, however many others come and go meanwhile.
 */
export class SpecBook {
  readonly #specs = new Map<string, WeakRef<TaskSpec>>();
  readonly #sweepAtLeast: number;
  #sweepAt: number;

  constructor(sweepAtLeast = sweepAt) {
    this.#sweepAtLeast = sweepAtLeast;
    this.#sweepAt = sweepAtLeast;
  }

  specOf(request: SpecRequest): TaskSpec {
    const { namespace, resolved, profile, tasksetPolicy, override } = request;
    const tail = tasksetPolicy === null && override === null ? "" : JSON.stringify([tasksetPolicy, override]);
    const key = `${namespace}|${resolved.revision}|${resolved.name}|${profile}|${tail}`;
    const known = this.#specs.get(key)?.deref();
    if (known !== undefined) return known;
    if (this.#specs.size >= this.#sweepAt) this.#sweep();
    const spec: TaskSpec = {
      namespace,
      definition: resolved.name,
      plugin: resolved.plugin,
      revision: resolved.revision,
      runtime: resolved.runtime,
      policy: resolvePolicy(profile, resolved.name, resolved.policy, tasksetPolicy, override),
      override,
    };
    this.#specs.set(key, new WeakRef(spec));
    return spec;
  }

  /** Entries in the book, of specs that are held and of others. */
  get size(): number {
    return this.#specs.size;
  }

  #sweep(): void {
    for (const [key, spec] of this.#specs) if (spec.deref() === undefined) this.#specs.delete(key);
    this.#sweepAt = Math.max(this.#sweepAtLeast, 2 * this.#specs.size);
  }
}
