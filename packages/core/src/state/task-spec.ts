import type { Policy, Runtime } from "@capstan/protocol";
import type { ResolvedPolicy } from "../policy/resolved-policy.js";

/**
 * What many tasks have in common: what to run and by which rules. Callers intern it: tasks with equal specs share one
 * object, so that core compares by identity.
 */
export interface TaskSpec {
  readonly namespace: string;
  /** plugin/name */
  readonly definition: string;
  readonly plugin: string;
  readonly revision: string;
  readonly runtime: Runtime;
  readonly policy: ResolvedPolicy;
  /** What the launch of the single task overrides, as it is stored with it. */
  readonly override: Policy | null;
}
