import { findEstimate } from "../arbiter/learn.js";
import type { Demand } from "../dispatch/demand.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { etaMs } from "./eta.js";

/** What the workers of a demand have to do, and with how many slots. */
interface Capacity {
  readonly slots: number;
  readonly runningMs: number;
}

/**
 * When tasks and tasksets are expected to end, by the estimates and by who is there now. Made for one look at the state:
 * what several tasks have in common is summed up once. Nothing here scans a backlog.
 */
export class Forecast {
  readonly #state: EngineState;
  readonly #now: Now;
  readonly #capacities = new Map<Demand, Capacity>();

  constructor(state: EngineState, now: Now) {
    this.#state = state;
    this.#now = now;
  }

  /** Time in ms until the taskset ends if it has its workers to itself; null when that cannot be said. */
  ofTaskset(taskset: Taskset): number | null {
    if (taskset.status === "open" || taskset.status === "paused") return null;
    const workers = new Set<Worker>();
    for (const { cell } of taskset.classes.values()) for (const worker of cell.demand.workers) workers.add(worker);
    const slots = slotsOf(workers);
    const { counts, waitingMs, waitingUnknown } = taskset;
    // A task that waits for its time is of unknown length here: there is no list of those.
    const unknown = waitingUnknown + counts.waiting;
    return etaMs({
      remaining: { knownMs: waitingMs, longestMs: 0, unknown, meanMs: this.#meanOf(taskset) },
      running: this.#trialsOf(taskset).map((trial) => this.#leftOf(trial)),
      slots: Math.min(slots, taskset.facts.limits?.maxSlots ?? slots),
    });
  }

  /**
   * Time in ms until the task ends: what is before it in its queue, shared by the slots that can run it, and its own
   * length. A taskset starts the longest first, so there it is the end of the taskset at the latest. null when it cannot
   * be said: it is held up, nothing is known of its length, or nobody is there to run it.
   */
  ofTask(task: Task): number | null {
    const { taskset, history } = task;
    if (taskset?.status === "open" || taskset?.status === "paused") return null;
    const [trial] = task.trials;
    const lengthMs = this.#lengthOf(task);
    if (trial !== undefined) return lengthMs === null ? null : this.#leftOf(trial);
    if (lengthMs === null || (task.status === "waiting" && task.waitsFor !== "time")) return null;
    const capacity = this.#capacityOf(task.taskClass.cell.demand);
    if (capacity.slots === 0) return null;
    if (task.status === "waiting") return Math.max(0, (history?.notBeforeMs ?? 0) - this.#now.wallMs) + lengthMs;
    const aheadMs = this.#aheadOf(task, lengthMs);
    const startMs = task.status === "offered" ? 0 : (aheadMs + capacity.runningMs) / capacity.slots;
    return startMs + lengthMs;
  }

  /** The same of a task that waits in the store alone: at the latest, as if it were the last of its queue. */
  ofStowed(taskClass: TaskClass, estimateMs: number | null): number | null {
    const { taskset } = taskClass;
    if (taskset?.status === "open" || taskset?.status === "paused") return null;
    const lengthMs = estimateMs ?? this.#classMs(taskClass);
    const capacity = this.#capacityOf(taskClass.cell.demand);
    if (lengthMs === null || capacity.slots === 0) return null;
    const aheadMs = taskset === null ? (taskClass.queued - 1) * lengthMs : this.#waitingMs(taskset) - lengthMs;
    return (Math.max(0, aheadMs) + capacity.runningMs) / capacity.slots + lengthMs;
  }

  /** Queued work in ms, for whoever decides how many workers there should be; tasks of which nothing is known count nothing. */
  get backlogMs(): number {
    let sum = 0;
    for (const taskClass of this.#state.loneClasses.values()) sum += this.#queuedMs(taskClass);
    for (const taskset of this.#state.tasksets.values()) {
      if (taskset.status !== "open") sum += this.#waitingMs(taskset);
    }
    return sum;
  }

  #waitingMs(taskset: Taskset): number {
    return taskset.waitingMs + taskset.waitingUnknown * (this.#meanOf(taskset) ?? 0);
  }

  #queuedMs(taskClass: TaskClass): number {
    return taskClass.queued === 0 ? 0 : taskClass.queued * (this.#classMs(taskClass) ?? 0);
  }

  /** What goes before the task, at most. */
  #aheadOf({ taskset, taskClass, isFront, order, estimateMs }: Task, lengthMs: number): number {
    if (isFront) return 0;
    if (taskset !== null) return Math.max(0, this.#waitingMs(taskset) - (estimateMs ?? lengthMs));
    // First in, first out: no more were launched between the head and this one than there are numbers between them.
    const places = Math.max(0, order - (taskClass.head?.order ?? order));
    return Math.min(places, Math.max(0, taskClass.queued - 1)) * lengthMs;
  }

  #lengthOf(task: Task): number | null {
    return task.estimateMs ?? findEstimate(this.#state, task)?.meanMs ?? this.#classMs(task.taskClass);
  }

  /** What a trial of the class takes: by the trials seen since the engine started, else by those of its definition. */
  #classMs({ meanMs, spec }: TaskClass): number | null {
    if (meanMs !== null) return meanMs;
    return this.#state.estimates.get(`${spec.namespace}|${spec.definition}`)?.get("")?.meanMs ?? null;
  }

  #meanOf(taskset: Taskset): number | null {
    let sum = 0;
    let known = 0;
    for (const taskClass of taskset.classes.values()) {
      const meanMs = this.#classMs(taskClass);
      if (meanMs === null) continue;
      sum += meanMs;
      known += 1;
    }
    return known === 0 ? null : sum / known;
  }

  #trialsOf(taskset: Taskset): Trial[] {
    if (taskset.counts.running === 0) return [];
    return [...this.#state.trials.values()].filter(({ task }) => task.taskset === taskset);
  }

  /** What is left of a trial: by its estimate, or by how far it says that it is. */
  #leftOf({ task, grantedMonoMs }: Trial): number {
    const elapsedMs = this.#now.monoMs - grantedMonoMs;
    const progress = task.history?.progress ?? 0;
    if (progress > 0) return Math.max(0, (elapsedMs * (1 - progress)) / progress);
    return Math.max(0, (this.#lengthOf(task) ?? 0) - elapsedMs);
  }

  #capacityOf(demand: Demand): Capacity {
    let capacity = this.#capacities.get(demand);
    if (capacity !== undefined) return capacity;
    let runningMs = 0;
    for (const worker of demand.workers) {
      if (worker.isOpen) for (const trial of worker.trials.values()) runningMs += this.#leftOf(trial);
    }
    capacity = { slots: slotsOf(demand.workers), runningMs };
    this.#capacities.set(demand, capacity);
    return capacity;
  }
}

function slotsOf(workers: Iterable<Worker>): number {
  let slots = 0;
  for (const worker of workers) if (worker.isOpen) slots += worker.slots;
  return slots;
}
