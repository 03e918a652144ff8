import * as core from "@capstan/core";
import type { StateMachine, TransitionTable } from "./states-page.js";

const machineNames = ["taskset", "task", "trial", "worker", "executor", "target"];

/** The machines that core exports as `taskTransitions` and so on; throws when some are there and others are not. */
export function exportedMachines(exports: Readonly<Record<string, unknown>> = core): StateMachine[] {
  const found = machineNames.map((name) => ({
    name,
    table: exports[`${name}Transitions`] as TransitionTable | undefined,
  }));
  const missing = found.filter(({ table }) => table === undefined).map(({ name }) => `${name}Transitions`);
  if (missing.length > 0 && missing.length < machineNames.length)
    throw new Error(`@capstan/core does not export ${missing.join(", ")}: docs/states.md would lack them`);
  return found.flatMap(({ name, table }) => (table === undefined ? [] : [{ name: capitalise(name), table }]));
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
