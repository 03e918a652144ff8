import type { Policy, Profile, TaskCounts, TasksetPolicy, TasksetStatus, Workspace } from "@capstan/protocol";
import type { Lane } from "../dispatch/lane.js";
import type { TaskClass } from "../dispatch/task-class.js";
import type { Task } from "./task.js";
import type { TaskSpec } from "./task-spec.js";
import type { Worker } from "./worker.js";

export interface TasksetFacts {
  readonly namespace: string;
  readonly id: string;
  readonly partition: number;
  readonly name: string | null;
  readonly class: string | null;
  readonly profile: Profile;
  readonly definition: string | null;
  readonly revision: string | null;
  readonly policy: Policy | null;
  readonly limits: TasksetPolicy | null;
  readonly workspace: Workspace | null;
  /** Keys of tasks whose failure does not fail it. */
  readonly muted: readonly string[] | null;
  readonly launchedAtMs: number;
}

/** A sweep over a taskset's tasks that is done in small steps. */
export interface Sweep {
  readonly what: "cancel" | "queue";
  readonly tasks: Iterator<Task>;
}

/** An unfinished taskset in memory. */
export class Taskset {
  status: TasksetStatus = "open";
  cause: string | null = null;
  round = 1;
  readonly counts: { -readonly [K in keyof TaskCounts]: TaskCounts[K] } = makeCounts();
  firstTask: string | null = null;
  lastTask: string | null = null;
  endedAtMs: number | null = null;
  /** Its unfinished tasks in memory. */
  readonly tasks = new Set<Task>();
  readonly classes = new Map<TaskSpec, TaskClass>();
  sweep: Sweep | null = null;
  /** Whether it was cancelled because too many of its tasks failed. */
  isFailingFast = false;
  isDirty = false;
  isStored = false;
  isDiscarded = false;
  /** Slots in use or promised by offers, and the workers they are on, each with how many. */
  slotsTaken = 0;
  readonly workers = new Map<string, number>();
  /** Workers that hold its workspace, or are getting it. */
  readonly holders = new Set<Worker>();
  /** Sum of known estimates of what is queued, and how many are unknown: for the ETA. */
  waitingMs = 0;
  waitingUnknown = 0;
  readonly #muted: ReadonlySet<string> | null;
  constructor(
    readonly facts: TasksetFacts,
    readonly lane: Lane,
  ) {
    this.#muted = facts.muted === null ? null : new Set(facts.muted);
  }

  isMuted(key: string | null): boolean {
    return this.#muted !== null && key !== null && this.#muted.has(key);
  }

  get id(): string {
    return this.facts.id;
  }
  get namespace(): string {
    return this.facts.namespace;
  }
}

export function makeCounts(): TaskCounts {
  return {
    total: 0,
    waiting: 0,
    queued: 0,
    running: 0,
    succeeded: 0,
    skipped: 0,
    failed: 0,
    abandoned: 0,
    cancelled: 0,
    flaky: 0,
    retries: 0,
    muted: 0,
  };
}
