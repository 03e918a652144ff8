import type { TaskCounts } from "@capstan/protocol";
import { retriesMax } from "../arbiter/retry-cap.js";
import { wantsRecall } from "../backlog/recall.js";
import type { Gate } from "../dispatch/gate.js";
import { isTaskBefore, type TaskClass } from "../dispatch/task-class.js";
import type { EngineState } from "../state/engine-state.js";
import { categoryOf } from "../state/status.js";
import { makeCounts, type Taskset } from "../state/taskset.js";
import type { Task } from "../state/task.js";

/** Says what does not hold. @throws Error always. */
export function fail(what: string): never {
  throw new Error(what);
}

/** @throws Error unless the two are the same as JSON. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (actual === expected) return;
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) fail(`${what}: is ${left}, should be ${right}`);
}

/** Holds after every event: counts, permits, queues, leases add up with a recount of what they sum up. */
export function checkState(state: EngineState): void {
  const classes = classesOf(state);
  checkCounts(state, classes);
  checkHolders(state);
  checkQueues(state, classes);
  checkShelves(state, classes);
  checkBacklogs(state, classes);
  checkTrials(state);
  checkOffers(state);
}

type Classes = ReadonlySet<TaskClass>;

function checkCounts(state: EngineState, classes: Classes): void {
  const total = { waiting: 0, queued: 0, running: 0 };
  const sets = new Map<Taskset, { waiting: number; queued: number; running: number }>();
  const count = (taskset: Taskset | null, category: keyof typeof total, by: number): void => {
    total[category] += by;
    if (taskset === null) return;
    const counts = sets.get(taskset) ?? { waiting: 0, queued: 0, running: 0 };
    counts[category] += by;
    sets.set(taskset, counts);
  };
  for (const task of state.tasks.values()) count(task.taskset, categoryOf(task.status) as keyof typeof total, 1);
  for (const taskClass of classes) count(taskClass.taskset, "queued", stowedOf(taskClass));
  sameParts(state.counts, total, "the engine's counts");
  for (const taskset of state.tasksets.values()) {
    checkTotal(taskset.counts, taskset.id);
    if (taskset.counts.retries > retriesMax(taskset)) fail(`${taskset.id} has had more retries than it may`);
    if (state.loading !== null) continue;
    sameParts(taskset.counts, sets.get(taskset) ?? none, taskset.id);
  }
}

const none = { waiting: 0, queued: 0, running: 0 };

function sameParts(actual: typeof none, expected: typeof none, of: string): void {
  same(actual.waiting, expected.waiting, `${of}: waiting`);
  same(actual.queued, expected.queued, `${of}: queued`);
  same(actual.running, expected.running, `${of}: running`);
}

function checkTotal(counts: TaskCounts, of: string): void {
  const { total, flaky: _, retries: __, examples: ___, muted, ...parts } = counts;
  const sum = Object.values(parts).reduce((left, right) => left + right, 0);
  for (const name of Object.keys(makeCounts()) as Exclude<keyof TaskCounts, "examples">[]) {
    if (counts[name] < 0) fail(`${of} counts ${counts[name]} ${name}`);
  }
  if (muted > counts.failed) fail(`${of} counts more muted tasks than failed ones`);
  same(sum, total, `the parts of the counts of ${of}`);
}

/** Permits and slots are held by trials with permits and by offers that reserve, each once. */
function checkHolders(state: EngineState): void {
  const gates = new Map<Gate, number>();
  const slots = new Map<Taskset, Map<string, number>>();
  const hold = ({ taskClass }: Task, worker: string): void => {
    if (taskClass.gate !== null) gates.set(taskClass.gate, (gates.get(taskClass.gate) ?? 0) + 1);
    if (taskClass.taskset === null) return;
    const workers = slots.get(taskClass.taskset) ?? new Map<string, number>();
    workers.set(worker, (workers.get(worker) ?? 0) + 1);
    slots.set(taskClass.taskset, workers);
  };
  for (const trial of state.trials.values()) if (trial.hasPermits) hold(trial.task, trial.worker.id);
  for (const worker of state.workers.values()) {
    for (const offer of worker.offers.values()) if (offer.isReserved) hold(offer.task, worker.id);
  }
  for (const gate of new Set([...state.gates.values(), ...gates.keys()])) {
    same(gate.taken, gates.get(gate) ?? 0, `permits taken of ${gate.key}`);
    if (state.gates.get(gate.key) !== gate) fail(`the gate ${gate.key} is held and forgotten`);
  }
  for (const taskset of new Set([...state.tasksets.values(), ...slots.keys()])) {
    const workers = slots.get(taskset) ?? new Map<string, number>();
    const taken = [...workers.values()].reduce((left, right) => left + right, 0);
    same(taskset.slotsTaken, taken, `slots of ${taskset.id}`);
    same(sorted(taskset.workers), sorted(workers), `workers of ${taskset.id}`);
  }
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function classesOf(state: EngineState): Set<TaskClass> {
  const classes = new Set<TaskClass>(state.loneClasses.values());
  for (const taskset of state.tasksets.values()) for (const each of taskset.classes.values()) classes.add(each);
  for (const task of state.tasks.values()) classes.add(task.taskClass);
  return classes;
}

/** Tasks of a class that are in the store alone. */
function stowedOf({ backlog, recalling }: TaskClass): number {
  return (backlog?.size ?? 0) + recalling.length;
}

/** A class whose next tasks are in the store has asked for them, or is about to, unless it may not be taken from. */
function checkBacklogs(state: EngineState, classes: Classes): void {
  for (const taskClass of classes) {
    if (taskClass.backlog === null && taskClass.recalling.length > 0) fail("a class recalls tasks of no backlog");
    if (wantsRecall(state, taskClass) && !state.hungry.has(taskClass)) fail("a class wants its backlog and is not fed");
    for (const { id } of [...(taskClass.backlog ?? []), ...taskClass.recalling]) {
      if (state.tasks.has(id)) fail(`${id} is in memory and in a backlog`);
    }
  }
  for (const taskset of state.tasksets.values()) {
    for (const task of taskset.tasks)
      if (state.tasks.get(task.id) !== task) fail(`${task.id} is gone and in a taskset`);
  }
}

function checkQueues(state: EngineState, classes: Classes): void {
  const queued = new Map<TaskClass, number>();
  const live = new Map<TaskClass, number>();
  const standing = new Map<TaskClass, number>();
  for (const task of state.tasks.values()) {
    live.set(task.taskClass, (live.get(task.taskClass) ?? 0) + 1);
    if (!task.isQueued) continue;
    if (task.status !== "queued") fail(`${task.id} is ${task.status} and stands in a queue`);
    if (task.offer !== null) fail(`${task.id} is offered and stands in a queue`);
    queued.set(task.taskClass, (queued.get(task.taskClass) ?? 0) + 1);
    if (!task.isStowing) standing.set(task.taskClass, (standing.get(task.taskClass) ?? 0) + 1);
  }
  for (const task of state.tasks.values()) {
    const { head } = task.taskClass;
    if (task.isQueued && !task.isStowing && head !== undefined && isTaskBefore(task, head))
      fail(`${head.id} stands before ${task.id}`);
  }
  for (const taskClass of classes) {
    const { definition } = taskClass.spec;
    const stowed = stowedOf(taskClass);
    same(taskClass.queued, (queued.get(taskClass) ?? 0) + stowed, `tasks queued of a class of ${definition}`);
    same(taskClass.live, (live.get(taskClass) ?? 0) + stowed, `live tasks of a class of ${definition}`);
    same(taskClass.inWindow, standing.get(taskClass) ?? 0, `tasks in the window of a class of ${definition}`);
    if (taskClass.inWindow > 0 && stowed === 0 && taskClass.head === undefined)
      fail("a class has a window and no head");
  }
}

function checkShelves(state: EngineState, classes: Classes): void {
  for (const taskClass of classes) {
    const isReady = taskClass.block === "none" && taskClass.head !== undefined;
    same(taskClass.cell.ready.has(taskClass), isReady, `whether a class of ${taskClass.spec.definition} is ready`);
  }
  for (const demand of state.demands.values()) {
    let ready = 0;
    for (const cell of demand.cells) {
      const isReady = cell.lane.isOpen && cell.ready.size > 0;
      same(cell.isOnShelf, isReady, `whether a cell of ${demand.id} is on its shelf`);
      same(demand.shelves[cell.level]!.has(cell), isReady, `whether a cell of ${demand.id} is in its heap`);
      if (isReady) ready += 1;
    }
    same(demand.readyCells, ready, `ready cells of ${demand.id}`);
    same(state.hotDemands.has(demand), ready > 0, `whether ${demand.id} is hot`);
    for (const worker of demand.idle) {
      if (!worker.isOpen || worker.credits < 1 || !demand.workers.has(worker)) fail(`${worker.id} is not idle`);
    }
  }
  for (const demand of state.hotDemands)
    if (state.demands.get(demand.id) !== demand) fail(`${demand.id} is gone and hot`);
}

/** At most one trial of a task lives, two with a twin; every one is on the books of its task and worker, under a lease. */
function checkTrials(state: EngineState): void {
  for (const worker of state.workers.values()) {
    if (worker.trials.size > 0 && worker.silence === null)
      fail(`${worker.id} has trials and nobody watches their leases`);
  }
  const perTask = new Map<Task, number>();
  for (const trial of state.trials.values()) {
    perTask.set(trial.task, (perTask.get(trial.task) ?? 0) + 1);
    if (!trial.task.trials.includes(trial)) fail(`${trial.id} is not on the books of its task`);
    if (state.workers.get(trial.worker.id)?.trials.get(trial.id) !== trial) fail(`${trial.id} is on no worker's books`);
  }
  for (const [task, count] of perTask) {
    const twins = task.trials.filter((trial) => trial.isTwin).length;
    const { safeToRerun } = task.taskClass.spec.policy;
    if (count > 2 || count - twins > 1 || (count > 1 && !safeToRerun)) fail(`${task.id} has ${count} live trials`);
    if (count === 2 && task.trials[0]!.worker === task.trials[1]!.worker) fail(`${task.id} has its twin on one worker`);
    same(task.trials.length, count, `trials of ${task.id}`);
  }
  for (const task of state.tasks.values()) {
    const isRunning = categoryOf(task.status) === "running";
    if (isRunning !== task.trials.length > 0)
      fail(`${task.id} is ${task.status} with ${task.trials.length} live trials`);
  }
}

function checkOffers(state: EngineState): void {
  for (const worker of state.workers.values()) {
    let prefetched = 0;
    for (const offer of worker.offers.values()) {
      if (!offer.isOpen) fail(`offer ${offer.number} is closed and on the books`);
      if (offer.isPrefetch) prefetched += 1;
      if (!offer.isTwin && offer.task.offer !== offer) fail(`offer ${offer.number} is not its task's`);
    }
    same(worker.prefetched, prefetched, `prefetched offers of ${worker.id}`);
    if (worker.credits < 0 || worker.credits > worker.slots) fail(`${worker.id} has ${worker.credits} credits`);
    if (!worker.isConnected && worker.offers.size > 0) fail(`${worker.id} is not connected and has offers`);
  }
  for (const task of state.tasks.values()) {
    same(task.status === "offered", task.offer !== null, `whether ${task.id} has an offer`);
    if (task.offer !== null && task.offer.worker.offers.get(task.offer.number) !== task.offer) {
      fail(`the offer of ${task.id} is not on its worker's books`);
    }
  }
}

/** Holds after every turn: no class waits for a permit that is there. */
export function checkPermits(state: EngineState): void {
  for (const gate of state.gates.values()) {
    if (gate.isFull) continue;
    for (const waiting of gate.waiting) {
      if (waiting.queued > 0)
        fail(`a class waits for ${gate.key}, of which ${gate.limit - gate.taken} permits are free`);
    }
  }
}

/** Those that stay when there is no task: of workers, their quarantines, and estimates that are kept for a while. */
function lastingDeadlines({ workers, estimateUses }: EngineState): number {
  const quarantines = [...workers.values()].reduce((sum, worker) => sum + worker.quarantineEnds.size, 0);
  return workers.size + quarantines + estimateUses.size;
}

/** Holds when everything is final: nothing is left behind in the maps. */
export function checkNoLeaks(state: EngineState): void {
  const sizes = {
    tasks: state.tasks.size,
    tasksets: state.tasksets.size,
    trials: state.trials.size,
    offers: [...state.workers.values()].reduce((sum, worker) => sum + worker.offers.size, 0),
    overriddenClasses: [...state.loneClasses.values()].filter(({ spec }) => spec.override !== null).length,
    demandsWithoutClass: [...state.demands.values()].filter((demand) => demand.classes === 0).length,
    cellsOfTasksets: [...state.demands.values()]
      .flatMap(({ cells }) => [...cells])
      .filter(({ lane }) => lane.taskset !== null).length,
    gatesTaken: [...state.gates.values()].filter((gate) => gate.taken > 0).length,
    gatesOfNoClass: [...state.gates.values()].filter((gate) => gate.classes === 0).length,
    gatesWaiting: [...state.gates.values()].reduce((sum, gate) => sum + gate.waiting.size, 0),
    ratesOfNoClass: [...state.rates.values()].filter((rate) => rate.classes === 0).length,
    sweeping: state.sweeping.size,
    stowed: [...classesOf(state)].reduce((sum, each) => sum + stowedOf(each), 0),
    hungry: state.hungry.size,
    lazyTasks: state.out.lazyTasks.length,
    speculative: state.speculative.size,
    hotDemands: state.hotDemands.size,
    revisionTasks: state.revisionTasks.size,
    inputBytes: state.inputBytes,
    recovery: state.recovery === null ? 0 : 1,
    deadlines: Math.max(0, state.deadlines.size - lastingDeadlines(state)),
    estimatesInUse: [...state.estimateUses.values()].filter(({ tasksets }) => tasksets > 0).length,
  };
  const left = Object.entries(sizes).filter(([, size]) => size !== 0);
  if (left.length > 0) fail(`left behind: ${left.map(([name, size]) => `${size} ${name}`).join(", ")}`);
}
