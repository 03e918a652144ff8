import type { EngineState } from "@capstan/core";

/** No limit is exceeded: permits of a concurrency key, slots and workers of a taskset. @throws Error what is. */
export function checkLimits(state: EngineState): void {
  for (const gate of state.gates.values()) {
    const { key, taken, limit } = gate;
    if (taken <= limit) continue;
    const holders = [...state.trials.values()].filter(({ task }) => task.taskClass.gate === gate);
    const who = holders.map(({ id, status, worker }) => `${id} ${status} on ${worker.facts.name}`).join(", ");
    throw new Error(`${taken} permits of ${key} are taken, and there are ${limit}: ${who}`);
  }
  for (const { id, facts, slotsTaken, workers } of state.tasksets.values()) {
    const { maxSlots = Infinity, maxWorkers = Infinity } = facts.limits ?? {};
    if (slotsTaken > maxSlots) throw new Error(`${id} has ${slotsTaken} slots, and may have ${maxSlots}`);
    if (workers.size > maxWorkers) throw new Error(`${id} is on ${workers.size} workers, and may be on ${maxWorkers}`);
  }
}
