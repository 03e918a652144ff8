import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import type { Worker } from "../state/worker.js";
import type { Cell } from "./cell.js";
import type { Demand } from "./demand.js";
import { ageCells, blockClass } from "./queue.js";
import { hasRoom } from "./reserve.js";
import { isQuarantined, isResting } from "./rest.js";
import { hasSuspect, isSuspect, mustBeApart } from "./suspect.js";
import type { TaskClass } from "./task-class.js";
import { isKeptFrom } from "./workspace.js";

const ageEveryMs = 1_000;
/** How many tasks of a class are passed over in search of one that should go to this worker. */
const passedOverMax = 32;

/** Finds the task that the worker should be offered next, without taking it. `isPrefetch`: only tasks without limits. */
export function selectTask(state: EngineState, worker: Worker, now: Now, isPrefetch: boolean): Task | undefined {
  for (const demand of worker.demands) ageDemand(state, demand, now);
  for (let level = 9; level >= 0; level -= 1) {
    const task = selectAtLevel({ state, worker, now, isPrefetch }, level);
    if (task !== undefined) return task;
  }
  return undefined;
}

interface Search {
  readonly state: EngineState;
  readonly worker: Worker;
  readonly now: Now;
  readonly isPrefetch: boolean;
}

function ageDemand(state: EngineState, demand: Demand, now: Now): void {
  if (demand.readyCells === 0 || now.monoMs - demand.agedAtMonoMs < ageEveryMs) return;
  demand.agedAtMonoMs = now.monoMs;
  ageCells(state, demand.cells, now.wallMs);
}

/** The first suitable task among the lanes that have one at this priority, the lane with the lowest pass first. */
function selectAtLevel(search: Search, level: number): Task | undefined {
  const passedOver: Cell[] = [];
  let found: Task | undefined;
  for (;;) {
    const cell = nextCell(search, level);
    if (cell === undefined) break;
    found = selectInCell(search, cell);
    if (found !== undefined) break;
    if (!cell.isOnShelf) continue;
    cell.demand.shelves[level]!.remove(cell);
    passedOver.push(cell);
  }
  for (const cell of passedOver) if (cell.isOnShelf) cell.demand.shelves[level]!.push(cell);
  return found;
}

function nextCell({ worker, now }: Search, level: number): Cell | undefined {
  let best: Cell | undefined;
  for (const demand of worker.demands) {
    if (demand.readyCells === 0) continue;
    const cell = freshTop(demand, level);
    if (cell === undefined || isResting(worker, demand.revision, now)) continue;
    if (best === undefined || cell.lane.pass < best.lane.pass) best = cell;
  }
  return best;
}

/** The top of a shelf, after lanes that have moved on since were put in their places. */
function freshTop(demand: Demand, level: number): Cell | undefined {
  const shelf = demand.shelves[level]!;
  for (;;) {
    const cell = shelf.peek();
    if (cell === undefined || cell.passSeen === cell.lane.pass) return cell;
    cell.passSeen = cell.lane.pass;
    shelf.update(cell);
  }
}

function selectInCell(search: Search, cell: Cell): Task | undefined {
  const { state, worker, now, isPrefetch } = search;
  const { taskset } = cell.lane;
  if (taskset !== null && (isKeptFrom(worker, taskset, now) || !hasRoom(taskset, worker.id))) return undefined;
  if (isQuarantined(worker, "plugin", cell.demand.plugin, now)) return undefined;
  if (isPrefetch && taskset?.facts.limits !== undefined && taskset.facts.limits !== null) return undefined;
  for (;;) {
    const taskClass = cell.ready.peek();
    if (taskClass === undefined) return undefined;
    if (taskClass.gate?.isFull === true) {
      blockClass(state, taskClass, "concurrency");
      continue;
    }
    if (taskClass.rate !== null && !taskClass.rate.bucket.canTake(now.monoMs)) {
      blockClass(state, taskClass, "rate");
      const readyAtMs = taskClass.rate.bucket.readyAtMs(now.monoMs);
      state.deadlines.add(readyAtMs, { type: "classReady", taskClass });
      continue;
    }
    if (isPrefetch && (taskClass.gate !== null || taskClass.rate !== null)) return undefined;
    return selectInClass(search, taskClass);
  }
}

/** The head, or one behind it when the head should rather go to another worker. */
function selectInClass(search: Search, taskClass: TaskClass): Task | undefined {
  const head = taskClass.head;
  if (head === undefined || !isMisplaced(search, head)) return head;
  const passedOver: Task[] = [];
  let found: Task | undefined;
  while (passedOver.length < passedOverMax) {
    const task = taskClass.head;
    if (task === undefined) break;
    if (!isMisplaced(search, task)) {
      found = task;
      break;
    }
    taskClass.queue.pop();
    passedOver.push(task);
  }
  for (const task of passedOver) taskClass.queue.push(task);
  return found;
}

/** Whether the task should not run on this worker now: it failed there, or a suspect like itself is there. */
function isMisplaced({ worker, now }: Search, task: Task): boolean {
  const { history, taskClass } = task;
  if (history === null) return false;
  const isInCompany = isSuspect(task) && hasSuspect(worker);
  if (isInCompany && mustBeApart(task)) return true;
  if (isInCompany && isAnotherFree(taskClass, worker, now, (other) => !hasSuspect(other))) return true;
  return history.lastWorker === worker.id && isAnotherFree(taskClass, worker, now);
}

/** Whether another worker could take a task of the class now: a retry prefers it, and requires none. */
function isAnotherFree(
  { cell, taskset }: TaskClass,
  worker: Worker,
  now: Now,
  suits: (other: Worker) => boolean = () => true,
): boolean {
  const { idle, revision, plugin } = cell.demand;
  for (const other of idle) {
    if (other === worker || isResting(other, revision, now) || isQuarantined(other, "plugin", plugin, now)) continue;
    if (!suits(other)) continue;
    if (taskset === null || (hasRoom(taskset, other.id) && !isKeptFrom(other, taskset, now))) return true;
  }
  return false;
}
