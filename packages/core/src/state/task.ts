import type { FailureCause, FinalTaskStatus, LeaseToken, TaskStatus, WaitReason } from "@capstan/protocol";
import type { Deadline } from "../deadline/deadlines.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { Wake } from "./wake.js";
import type { Offer } from "./offer.js";
import type { Taskset } from "./taskset.js";
import type { TrialEndRow } from "../row/row.js";
import type { Trial } from "./trial.js";

/** How a task ended: set once, by the arbiter alone. */
export interface Verdict {
  readonly status: FinalTaskStatus;
  readonly cause: FailureCause | null;
  readonly reason: string | null;
  readonly endedAtMs: number;
}

/** What only tasks have that were tried, delayed or limited: made when it is needed, so that a backlog stays lean. */
export interface TaskHistory {
  round: number;
  /** Trials of all rounds. */
  trialsTotal: number;
  /** Number of the last trial of earlier rounds: trial n is number n - roundStart of its round. */
  roundStart: number;
  trialsCounted: number;
  trialsLost: number;
  /** Deaths in company: forgiven a few times, since the task may be innocent. See dispatch/suspect.ts. */
  suspicions: number;
  doublings: number;
  /** The lease of the trial that was called lost last: that one alone may prove that it lives. */
  lastLoss: { readonly token: LeaseToken; readonly isSuspect: boolean } | null;
  lastWorker: string | null;
  notBeforeMs: number | null;
  expiresAtMs: number | null;
  /** Fires when a waiting task may be queued. */
  readyDeadline: Deadline<Wake> | null;
  expiryDeadline: Deadline<Wake> | null;
  /** Accepted offers that wait for the input to be loaded: one, and perhaps that of a twin. */
  heldOffers: Offer[];
  progress: number | null;
  progressNote: string | null;
  cancelCause: FailureCause | null;
}

/** How far a task's row is written. */
export type Persistence = "new" | "stored" | "reopened";

/** What a task brings along from its launch or from the store. */
export interface TaskOrigin {
  readonly id: string;
  readonly partition: number;
  readonly key: string | null;
  readonly launchedAtMs: number;
  readonly inputJson: string | null;
  readonly inputBlob: string | null;
  readonly idempotencyKey: string | null;
}

/** An unfinished task in memory. Small on purpose: there may be millions. */
export class Task {
  status: TaskStatus = "queued";
  waitsFor: WaitReason | null = null;
  /** Whether a retry or a returned offer puts it before its class's other tasks. */
  isFront = false;
  /** Frozen when it was queued; null: unknown. */
  estimateMs: number | null = null;
  inputJson: string | null;
  inputBlob: string | null;
  /** Its input was dropped from memory and is in the store. */
  isInputSpilled = false;
  queuedAtMs = 0;
  persistence: Persistence = "new";
  /** The batch that inserts its row: a grant may not leave before it is committed. */
  batch = Number.MAX_SAFE_INTEGER;
  isDirty = false;
  /** In the class's queue now; a queued entry whose flag is off is passed over. */
  isQueued = false;
  /** It stands in no queue: with the commit of its row it leaves memory for its class's backlog. */
  isStowing = false;
  /** It left the queue from behind its head: its entry is there still, at the place of its old order. */
  hasOldEntry = false;
  offer: Offer | null = null;
  trials: Trial[] = noTrials;
  history: TaskHistory | null = null;
  verdict: Verdict | null = null;
  lastTrial: TrialEndRow | null = null;
  /** Vanished with its open taskset. */
  isDiscarded = false;
  readonly idempotencyKey: string | null;

  readonly id: string;
  readonly partition: number;
  readonly taskset: Taskset | null;
  readonly key: string | null;
  readonly launchedAtMs: number;

  constructor(
    facts: TaskOrigin,
    readonly taskClass: TaskClass,
    /** Order of launch within the engine: first in, first out. */
    readonly order: number,
  ) {
    this.id = facts.id;
    this.partition = facts.partition;
    this.taskset = taskClass.taskset;
    this.key = facts.key;
    this.launchedAtMs = facts.launchedAtMs;
    this.inputJson = facts.inputJson;
    this.inputBlob = facts.inputBlob;
    this.idempotencyKey = facts.idempotencyKey;
  }

  /** The part that most tasks never need. */
  get past(): TaskHistory {
    return (this.history ??= makeHistory());
  }

  get round(): number {
    return this.history?.round ?? 1;
  }

  get trialsTotal(): number {
    return this.history?.trialsTotal ?? 0;
  }
}

/** Shared by all tasks without trials; never pushed to. */
export const noTrials: Trial[] = [];

function makeHistory(): TaskHistory {
  return {
    round: 1,
    trialsTotal: 0,
    roundStart: 0,
    trialsCounted: 0,
    trialsLost: 0,
    suspicions: 0,
    doublings: 0,
    lastLoss: null,
    lastWorker: null,
    notBeforeMs: null,
    expiresAtMs: null,
    readyDeadline: null,
    expiryDeadline: null,
    heldOffers: [],
    progress: null,
    progressNote: null,
    cancelCause: null,
  };
}
