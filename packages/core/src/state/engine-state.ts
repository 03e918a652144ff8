import { times, type TaskStatus, type TrialStatus } from "@capstan/protocol";
import { Deadlines, type Deadline } from "../deadline/deadlines.js";
import type { Demand } from "../dispatch/demand.js";
import type { Gate, RateGate } from "../dispatch/gate.js";
import type { Lane } from "../dispatch/lane.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { Estimate } from "../estimate/estimate.js";
import { Outcome } from "../outcome/outcome.js";
import type { Offer } from "./offer.js";
import type { Task } from "./task.js";
import type { TaskSpec } from "./task-spec.js";
import type { Taskset } from "./taskset.js";
import type { Trial } from "./trial.js";
import type { Wake } from "./wake.js";
import type { Worker } from "./worker.js";

/** The settings of an engine's decisions; durations in ms. */
export interface CoreConfig {
  readonly offerMs: number;
  readonly heartbeatMs: number;
  readonly unreachableMs: number;
  readonly leaseMs: number;
  readonly prefetchMs: number;
  /** Most prefetched offers a slot. */
  readonly prefetchPerSlot: number;
  /** Waiting for so long raises a task's priority by one. */
  readonly ageingMs: number;
  /** A revision without unfinished tasks for so long is announced with noMoreTasks. */
  readonly unusedMs: number;
  /** Rests after a decline: the first, and the longest. */
  readonly restMs: number;
  readonly restMsMax: number;
  /** Failures to set up, load or keep an executor alive in a row before a worker is quarantined, and for how long. */
  readonly quarantineAfter: number;
  readonly quarantineMs: number;
  /** A running task this many times past its estimate may get a twin. */
  readonly speculationFactor: number;
  readonly speculationLeastMs: number;
  /** Whole tasks in memory beyond which newly launched ones wait in the store alone, behind a window of whole ones. */
  readonly wholeTasksMax: number;
  /** Whole tasks kept near the head of a class that has more in the store; less when there are many classes. */
  readonly windowTasks: number;
  /** Tasks that a start loads at once. */
  readonly pageTasks: number;
  /** Inputs kept in memory beyond which those of newly stored tasks are dropped. */
  readonly inputBytesMax: number;
  /** A safe grant is written when the trial has lasted so long. */
  readonly lazyMs: number;
  /** A worker that does not answer a stop for so long beyond its grace has lost the trial. */
  readonly stopMarginMs: number;
  /** How long a worker may prepare a command by its setup script, in a trial that is granted already. */
  readonly setupMs: number;
  /** A lost worker may come back to its session for so long. */
  readonly lostWorkerMs: number;
}

export interface Loading {
  /** All tasks up to this id were read. */
  after: string;
  /** Tasks beyond it that came to memory in another way: they are passed over. */
  readonly early: Set<string>;
  /** Order of the task read last: all were launched before what is launched now. */
  order: number;
}

/** Who uses the estimates of a class of tasksets that are in memory. */
export interface EstimateUse {
  /** Unfinished tasksets of the class. */
  tasksets: number;
  /** When they are forgotten, while there is no such taskset. */
  idle: Deadline<Wake> | null;
}

/** All that one engine decides by. Changed only by core, one event after another. */
export interface EngineState {
  readonly config: CoreConfig;
  /** Epoch and last token sequence of each partition. */
  readonly epochs: readonly number[];
  readonly tokenSequences: number[];
  readonly out: Outcome;

  readonly tasks: Map<string, Task>;
  readonly tasksets: Map<string, Taskset>;
  readonly trials: Map<string, Trial>;
  readonly workers: Map<string, Worker>;
  /** Workers by session. */
  readonly sessions: Map<string, Worker>;

  readonly loneClasses: Map<TaskSpec, TaskClass>;
  /** How many classes there are, those of tasksets included. */
  classes: number;
  /** Classes with a backlog that may want some of it in memory again. */
  readonly hungry: Set<TaskClass>;
  readonly lanes: Map<string, Lane>;
  readonly demands: Map<string, Demand>;
  /** Demands with ready cells. */
  readonly hotDemands: Set<Demand>;
  readonly gates: Map<string, Gate>;
  /** Gates that gave permits back, or got more, while classes wait for them. */
  readonly freedGates: Set<Gate>;
  readonly rates: Map<string, RateGate>;
  /** Unfinished tasks a revision. */
  readonly revisionTasks: Map<string, number>;
  /** Revisions whose last task finished lately: their workers are told if it stays so. */
  readonly unusedRevisions: Set<string>;
  /** The pass of the lane taken last: a lane that wakes starts from there. */
  pass: number;
  orders: number;
  /** While unfinished tasks are read from the store, in the order of their ids. */
  loading: Loading | null;

  readonly deadlines: Deadlines<Wake>;
  /** Open offers in the order of their deadlines, which are all equally long. */
  readonly offerQueue: { head: number; list: Offer[] };
  isOfferTimerSet: boolean;
  offerNumber: number;
  /** Workers that may be given prefetched offers: something of theirs changed this turn. */
  readonly prefetchers: Set<Worker>;
  readonly sweeping: Set<Taskset>;
  /** Estimates by namespace|class, then by task key; of jobs under namespace|definition and the key "". */
  readonly estimates: Map<string, Map<string, Estimate>>;
  /** Of the classes of tasksets: their estimates are in memory only while they are used. */
  readonly estimateUses: Map<string, EstimateUse>;
  readonly speculative: Set<Trial>;
  /** Fires when the next of them is due for its twin. */
  speculation: Deadline<Wake> | null;

  /** After an unclean start: tasks of earlier epochs wait here until every worker is back or one lease has passed. */
  recovery: { readonly awaited: Set<string>; readonly tasks: Task[] } | null;
  inputBytes: number;
  /** Batches taken, and the last that is committed. */
  batchTaken: number;
  batchCommitted: number;

  readonly counts: {
    waiting: number;
    queued: number;
    running: number;
    finished: Partial<Record<TaskStatus, number>>;
    trials: Partial<Record<TrialStatus, number>>;
    offersMade: number;
    offersDeclined: number;
    offersExpired: number;
    offersHalted: number;
    sweepMended: number;
  };
}

export const defaultCoreConfig: CoreConfig = {
  offerMs: 2_000,
  heartbeatMs: 2_000,
  unreachableMs: 5_000,
  leaseMs: 10_000,
  prefetchMs: 100,
  prefetchPerSlot: 4,
  ageingMs: 60_000,
  unusedMs: 1_000,
  restMs: 250,
  restMsMax: 30_000,
  quarantineAfter: 5,
  quarantineMs: 300_000,
  speculationFactor: 2,
  speculationLeastMs: 1_000,
  wholeTasksMax: 100_000,
  windowTasks: 2_048,
  pageTasks: 5_000,
  inputBytesMax: 64 * 1024 * 1024,
  lazyMs: 100,
  stopMarginMs: 5_000,
  setupMs: times.setupMs + 5_000,
  lostWorkerMs: 3_600_000,
};

/** The state of an engine that has just taken its store, before anything is loaded. */
export function makeEngineState(epochs: readonly number[], config: Partial<CoreConfig> = {}): EngineState {
  return {
    config: { ...defaultCoreConfig, ...config },
    epochs,
    tokenSequences: epochs.map(() => 0),
    out: new Outcome(),
    tasks: new Map(),
    tasksets: new Map(),
    trials: new Map(),
    workers: new Map(),
    sessions: new Map(),
    loneClasses: new Map(),
    classes: 0,
    hungry: new Set(),
    lanes: new Map(),
    demands: new Map(),
    hotDemands: new Set(),
    gates: new Map(),
    freedGates: new Set(),
    rates: new Map(),
    revisionTasks: new Map(),
    unusedRevisions: new Set(),
    pass: 0,
    orders: 0,
    loading: null,
    deadlines: new Deadlines<Wake>(),
    offerQueue: { head: 0, list: [] },
    isOfferTimerSet: false,
    offerNumber: 0,
    prefetchers: new Set(),
    sweeping: new Set(),
    estimates: new Map(),
    estimateUses: new Map(),
    speculative: new Set(),
    speculation: null,
    recovery: null,
    inputBytes: 0,
    batchTaken: 0,
    batchCommitted: 0,
    counts: {
      waiting: 0,
      queued: 0,
      running: 0,
      finished: {},
      trials: {},
      offersMade: 0,
      offersDeclined: 0,
      offersExpired: 0,
      offersHalted: 0,
      sweepMended: 0,
    },
  };
}
