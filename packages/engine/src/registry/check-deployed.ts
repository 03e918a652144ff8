import { CapstanError } from "@capstan/protocol";
import type { Registry } from "./registry.js";

/** @throws CapstanError `revision-pruned` when a task that was bound to the revision cannot run any more. */
export function checkDeployed(
  registry: Registry,
  { namespace, revision, definition }: { namespace: string; revision: string; definition: string },
): void {
  if (registry.isDeployed(namespace, revision)) return;
  throw new CapstanError(
    "revision-pruned",
    `the revision ${revision}, to which a task of ${definition} is bound, was pruned: deploy the same content again, or launch the task anew`,
    { details: { revision, definition } },
  );
}
