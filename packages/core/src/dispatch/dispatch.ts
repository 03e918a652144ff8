import { recall } from "../backlog/recall.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Worker } from "../state/worker.js";
import type { Demand } from "./demand.js";
import { makeOffer } from "./offer.js";
import { unblockRest } from "./reserve.js";
import { selectTask } from "./select.js";
import { speculate } from "./speculate.js";

/** Offers what can be offered: run once after the events of a turn. Costs nothing while nothing is ready or nobody is idle. */
export function dispatch(state: EngineState, now: Now): void {
  for (const demand of state.hotDemands) serveDemand(state, demand, now);
  if (state.freedGates.size > 0 && unblockRest(state)) {
    for (const demand of state.hotDemands) serveDemand(state, demand, now);
  }
  if (state.prefetchers.size > 0) prefetch(state, now);
  speculate(state, now);
  if (state.hungry.size > 0) recall(state);
}

/** Gives the demand's idle workers work, in turns, as long as there is some. What each takes is decided over all its demands. */
function serveDemand(state: EngineState, demand: Demand, now: Now): void {
  const fruitless: Worker[] = [];
  while (demand.readyCells > 0) {
    const worker = firstOf(demand.idle);
    if (worker === undefined) break;
    const task = selectTask(state, worker, now, false);
    demand.idle.delete(worker);
    if (task === undefined) {
      fruitless.push(worker);
      continue;
    }
    makeOffer(state, task, worker, { now });
    if (worker.isOpen && worker.credits > 0) demand.idle.add(worker);
  }
  for (const worker of fruitless) demand.idle.add(worker);
}

function firstOf(workers: Set<Worker>): Worker | undefined {
  for (const worker of workers) return worker;
  return undefined;
}

/** Hides the round trip from workers that are busy with short trials: a few offers wait there for the next free slot. */
function prefetch(state: EngineState, now: Now): void {
  for (const worker of state.prefetchers) {
    if (!worker.isOpen || worker.credits > 0) continue;
    const budgetMs = state.config.prefetchMs * worker.slots;
    const offersMax = state.config.prefetchPerSlot * worker.slots;
    while (worker.prefetched < offersMax) {
      const task = selectTask(state, worker, now, true);
      if (task === undefined) break;
      const expectedMs = task.estimateMs ?? task.taskClass.meanMs;
      if (expectedMs === null || worker.prefetchedMs + expectedMs > budgetMs) break;
      makeOffer(state, task, worker, { now, isPrefetch: true });
    }
  }
  state.prefetchers.clear();
}
