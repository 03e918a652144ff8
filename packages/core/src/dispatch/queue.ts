import type { EngineState } from "../state/engine-state.js";
import type { Task } from "../state/task.js";
import type { Cell } from "./cell.js";
import type { Lane } from "./lane.js";
import type { TaskClass } from "./task-class.js";

/** Puts a task in its class's queue: at its place, or before all others when it is returned. */
export function enqueue(state: EngineState, task: Task): void {
  const { taskClass } = task;
  const wasHead = taskClass.head;
  // Seldom: an entry whose order changes while it is in the heap would put others out of order.
  if (task.hasOldEntry) taskClass.queue.remove(task);
  task.hasOldEntry = false;
  task.isQueued = true;
  countQueued(task, 1);
  taskClass.queue.push(task);
  taskClass.inWindow += 1;
  if (taskClass.heapAt >= 0) {
    if (taskClass.head !== wasHead) taskClass.cell.ready.update(taskClass);
  } else {
    refreshClass(state, taskClass);
  }
}

/** Takes a task out of its queue wherever it stands; its entry is passed over later. */
export function dequeue(state: EngineState, task: Task): void {
  if (!task.isQueued) return;
  const { taskClass } = task;
  const wasHead = taskClass.firstInWindow === task;
  task.isQueued = false;
  countQueued(task, -1);
  if (task.isStowing) {
    task.isStowing = false;
    return;
  }
  taskClass.inWindow -= 1;
  if (taskClass.backlog !== null) state.hungry.add(taskClass);
  if (!wasHead) {
    task.hasOldEntry = true;
    return;
  }
  taskClass.queue.pop();
  if (taskClass.heapAt < 0) return;
  if (taskClass.head === undefined) refreshClass(state, taskClass);
  else taskClass.cell.ready.update(taskClass);
}

/** Brings a class in line with whether it can be taken from: something queued and no gate in the way. */
export function refreshClass(state: EngineState, taskClass: TaskClass): void {
  const { cell } = taskClass;
  if (taskClass.backlog !== null) state.hungry.add(taskClass);
  const isReady = taskClass.block === "none" && taskClass.head !== undefined;
  if (isReady && taskClass.heapAt < 0) cell.ready.push(taskClass);
  else if (!isReady && taskClass.heapAt >= 0) cell.ready.remove(taskClass);
  else return;
  refreshCell(state, cell);
}

/** Puts a cell on its demand's shelf or takes it off. */
export function refreshCell(state: EngineState, cell: Cell): void {
  const { demand, lane } = cell;
  const isReady = lane.isOpen && cell.ready.size > 0;
  if (isReady === cell.isOnShelf) return;
  cell.isOnShelf = isReady;
  if (isReady) {
    lane.pass = Math.max(lane.pass, state.pass);
    cell.passSeen = lane.pass;
    cell.level = cell.priority;
    demand.shelves[cell.level]!.push(cell);
    demand.readyCells += 1;
    state.hotDemands.add(demand);
  } else {
    demand.shelves[cell.level]!.remove(cell);
    demand.readyCells -= 1;
    if (demand.readyCells === 0) state.hotDemands.delete(demand);
  }
}

export function openLane(state: EngineState, lane: Lane, isOpen: boolean): void {
  if (lane.isOpen === isOpen) return;
  lane.isOpen = isOpen;
  for (const cell of lane.cells) refreshCell(state, cell);
  if (isOpen && lane.taskset !== null) feed(state, lane.taskset.classes.values());
}

/** Has another look at which of the classes want some of their backlog in memory. */
export function feed(state: EngineState, classes: Iterable<TaskClass>): void {
  for (const taskClass of classes) if (taskClass.backlog !== null) state.hungry.add(taskClass);
}

/** Closes a class that a gate holds up. */
export function blockClass(state: EngineState, taskClass: TaskClass, block: "concurrency" | "rate"): void {
  taskClass.block = block;
  if (block === "concurrency") taskClass.gate?.waiting.add(taskClass);
  refreshClass(state, taskClass);
}

export function unblockClass(state: EngineState, taskClass: TaskClass): void {
  if (taskClass.block === "none") return;
  taskClass.gate?.waiting.delete(taskClass);
  taskClass.block = "none";
  refreshClass(state, taskClass);
}

/** Raises cells whose head has waited long: a level for each span of ageing. */
export function ageCells(state: EngineState, cells: Iterable<Cell>, nowAtMs: number): void {
  for (const cell of cells) {
    if (!cell.isOnShelf) continue;
    const head = cell.ready.peek()?.head;
    const waitedMs = head === undefined ? 0 : Math.max(0, nowAtMs - head.queuedAtMs);
    const level = Math.min(9, cell.priority + Math.floor(waitedMs / state.config.ageingMs));
    if (level === cell.level) continue;
    cell.demand.shelves[cell.level]!.remove(cell);
    cell.level = level;
    cell.demand.shelves[level]!.push(cell);
  }
}

/** Counts a task that waits for a worker, and its taskset's sum of waiting work, for the ETA. */
export function countQueued({ taskClass, estimateMs }: Pick<Task, "taskClass" | "estimateMs">, sign: 1 | -1): void {
  taskClass.queued += sign;
  const { taskset } = taskClass;
  if (taskset === null) return;
  if (estimateMs === null) taskset.waitingUnknown += sign;
  else taskset.waitingMs += sign * estimateMs;
}
