import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Taskset } from "../state/taskset.js";
import { Cell } from "./cell.js";
import { Demand, demandIdOf, rematch } from "./demand.js";
import { Gate, RateGate } from "./gate.js";
import { Lane } from "./lane.js";
import { TaskClass } from "./task-class.js";

/** The class of a task: found, or made with its lane, demand and gates. */
export function placeClass(state: EngineState, spec: TaskSpec, taskset: Taskset | null, now: Now): TaskClass {
  const classes = taskset === null ? state.loneClasses : taskset.classes;
  const known = classes.get(spec);
  if (known !== undefined) return known;
  const lane = taskset === null ? loneLane(state, spec) : taskset.lane;
  const demand = findDemand(state, spec);
  const cell = findCell(lane, demand, spec.policy.priority);
  const taskClass = new TaskClass(spec, cell, { gate: findGate(state, spec), rate: findRate(state, spec, now) });
  demand.classes += 1;
  cell.classes += 1;
  state.classes += 1;
  classes.set(spec, taskClass);
  return taskClass;
}

/** The class of a task that there is already. */
export function findClass(state: EngineState, spec: TaskSpec, taskset: Taskset | null): TaskClass | undefined {
  return (taskset === null ? state.loneClasses : taskset.classes).get(spec);
}

/**
 * Forgets a class whose last task is finished, and what only it used. Plain classes of lone tasks stay as long as their
 * revision: they are few.
 */
export function dropClass(state: EngineState, taskClass: TaskClass, now: Now): void {
  if (taskClass.taskset === null && taskClass.spec.override === null) return;
  removeClass(state, taskClass, now);
}

/** Forgets the plain classes of a revision that is no more. */
export function dropRevision(state: EngineState, revision: string, now: Now): void {
  for (const taskClass of state.loneClasses.values()) {
    if (taskClass.spec.revision === revision && taskClass.live === 0) removeClass(state, taskClass, now);
  }
}

function removeClass(state: EngineState, taskClass: TaskClass, now: Now): void {
  const { spec, taskset, cell, gate, rate } = taskClass;
  (taskset === null ? state.loneClasses : taskset.classes).delete(spec);
  state.classes -= 1;
  state.hungry.delete(taskClass);
  if (gate !== null) {
    gate.classes -= 1;
    gate.waiting.delete(taskClass);
    if (gate.classes === 0 && gate.taken === 0) state.gates.delete(gate.key);
  }
  if (rate !== null) dropRate(state, rate, now);
  cell.classes -= 1;
  cell.demand.classes -= 1;
  if (cell.classes === 0) dropCell(cell);
  if (cell.demand.classes === 0) dropDemand(state, cell.demand);
}

/** A rate that no class names is forgotten when the last grant under it no longer counts. */
function dropRate(state: EngineState, rate: RateGate, now: Now): void {
  rate.classes -= 1;
  if (rate.classes > 0) return;
  state.deadlines.add(rate.bucket.idleAtMs(now.monoMs), { type: "rateIdle", rate });
}

/** The time of a rate without classes has come; it stays if it was used again since. */
export function forgetRate(state: EngineState, rate: RateGate, now: Now): void {
  if (rate.classes > 0 || rate.bucket.idleAtMs(now.monoMs) > now.monoMs) return;
  if (state.rates.get(rate.key) === rate) state.rates.delete(rate.key);
}

function dropCell(cell: Cell): void {
  cell.demand.cells.delete(cell);
  const at = cell.lane.cells.indexOf(cell);
  if (at >= 0) cell.lane.cells.splice(at, 1);
}

function dropDemand(state: EngineState, demand: Demand): void {
  state.demands.delete(demand.id);
  state.hotDemands.delete(demand);
  for (const worker of demand.workers) worker.demands.delete(demand);
}

/** A lane for a taskset or for the lone tasks of a definition; it starts where the others are. */
export function makeLane(state: EngineState, id: string, weight: number): Lane {
  const lane = new Lane(id, (state.orders += 1), weight);
  lane.pass = state.pass;
  return lane;
}

function loneLane(state: EngineState, spec: TaskSpec): Lane {
  const id = `${spec.namespace}|${spec.definition}`;
  let lane = state.lanes.get(id);
  if (lane === undefined) {
    lane = makeLane(state, id, 1);
    state.lanes.set(id, lane);
  }
  return lane;
}

function findDemand(state: EngineState, spec: TaskSpec): Demand {
  const id = demandIdOf(spec);
  let demand = state.demands.get(id);
  if (demand === undefined) {
    demand = new Demand(id, spec);
    state.demands.set(id, demand);
    for (const worker of state.workers.values()) rematch(demand, worker);
  }
  return demand;
}

function findCell(lane: Lane, demand: Demand, priority: number): Cell {
  const known = lane.cells.find((cell) => cell.demand === demand && cell.priority === priority);
  if (known !== undefined) return known;
  const cell = new Cell(demand, lane, priority);
  lane.cells.push(cell);
  demand.cells.add(cell);
  return cell;
}

function findGate(state: EngineState, spec: TaskSpec): Gate | null {
  const { concurrency } = spec.policy;
  if (concurrency === null) return null;
  const key = `${spec.namespace}|${concurrency.key}`;
  let gate = state.gates.get(key);
  if (gate === undefined) {
    gate = new Gate(key, concurrency.limit);
    state.gates.set(key, gate);
  }
  gate.limit = concurrency.limit;
  if (gate.waiting.size > 0) state.freedGates.add(gate);
  gate.classes += 1;
  return gate;
}

function findRate(state: EngineState, spec: TaskSpec, now: Now): RateGate | null {
  const { rate } = spec.policy;
  if (rate === null) return null;
  const key = `${spec.namespace}|${rate.key}`;
  let gate = state.rates.get(key);
  if (gate === undefined) {
    gate = new RateGate(key, rate.limit, rate.perMs, now.monoMs);
    state.rates.set(key, gate);
  } else {
    gate.bucket.reconfigure(rate.limit, rate.perMs, now.monoMs);
  }
  gate.classes += 1;
  return gate;
}
