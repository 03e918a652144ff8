import type { EngineState } from "@capstan/core";
import { CapstanError, isFinalTaskset } from "@capstan/protocol";

/** Only one active taskset of a namespace may have a name. @throws CapstanError `name-taken`. */
export function checkName({ tasksets }: EngineState, namespace: string, name: string): void {
  for (const { id, status, facts } of tasksets.values()) {
    if (facts.namespace !== namespace || facts.name !== name || isFinalTaskset(status)) continue;
    throw new CapstanError("name-taken", `the taskset ${id} named "${name}" is ${status}`, {
      details: { taskset: id },
    });
  }
}
