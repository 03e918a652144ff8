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

/** Specs that are kept; beyond it the book starts anew, which costs nothing but memory. */
const specsMax = 50_000;

/** Interns task specs: equal ones are one object, as core asks. */
export class SpecBook {
  readonly #specs = new Map<string, TaskSpec>();

  specOf(request: SpecRequest): TaskSpec {
    const { namespace, resolved, profile, tasksetPolicy, override } = request;
    const tail = tasksetPolicy === null && override === null ? "" : JSON.stringify([tasksetPolicy, override]);
    const key = `${namespace}|${resolved.revision}|${resolved.name}|${profile}|${tail}`;
    const known = this.#specs.get(key);
    if (known !== undefined) return known;
    if (this.#specs.size >= specsMax) this.#specs.clear();
    const spec: TaskSpec = {
      namespace,
      definition: resolved.name,
      plugin: resolved.plugin,
      revision: resolved.revision,
      runtime: resolved.runtime,
      policy: resolvePolicy(profile, resolved.name, resolved.policy, tasksetPolicy, override),
      override,
    };
    this.#specs.set(key, spec);
    return spec;
  }
}
