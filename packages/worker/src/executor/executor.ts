/**
 * What a slot and an executor say to each other.
 *
 * An executor runs trials of one revision. It owns the process (or the part of this process) in which the task's
 * code runs, the time limits of its trials and the killing of what they leave behind. It knows no engine, no lease
 * and no retry: it is handed an order, says what the trial prints, and says once how the trial ended.
 */
import type { Lease } from "../lease/lease.js";
import type { OutputStream } from "../output/output-stream.js";
import type { Clock, Fault } from "@capstan/protocol";
import type { ProcessGroupSpawner } from "../spawner/process-group-spawner.js";

/** Time and size limits of one trial. */
export interface TrialLimits {
  /** After this long the task is asked to stop (AbortSignal, SIGTERM to the process group). */
  softMs: number;
  /** After this long everything that belongs to the trial is killed. Never before `softMs`. */
  hardMs: number;
  /** Time between the request to stop and the kill, where `stop` is called without one. */
  stopGraceMs: number;
  /**
   * Resident memory that the trial's processes may use together, their runtime included; unlimited when left out. In
   * an executor that runs several trials it is what they may use together, and all must have a limit for it to count.
   */
  memoryBytes?: number;
  /** Output kept of the trial, both streams together; enforced by `OutputBuffer`. */
  outputBytesMax: number;
}

export type { Fault, OutputStream };

/** What a slot hands to an executor for one trial. */
export interface TrialOrder {
  trial: string;
  task: string;
  /** `plugin/name` */
  definition: string;
  revision: string;
  /** Trial number within the round, from 1. */
  number: number;
  round: number;
  slot: number;
  input: unknown;
  limits: TrialLimits;
  /** Set when the trial is not safe to rerun: then its code must not go on when the lease is not renewed in time. */
  lease?: Lease;
  /** Directory in which the trial works. */
  workspace?: string;
  env?: Record<string, string>;
}

/** The final statuses that an executor can know of (`lost` is for others to say). */
export type TrialEndStatus = "succeeded" | "skipped" | "failed" | "error" | "timeout" | "cancelled";

/** How a trial ended, in the words of the protocol. */
export interface TrialEnd {
  status: TrialEndStatus;
  output?: unknown;
  error?: Fault;
  /** Named counts that the task reported, such as passed and failed examples. */
  counts?: Record<string, number>;
  timings: {
    /** Wall time. */
    startedMs: number;
    durationMs: number;
    /** Time that loading the revision took, when this trial had to wait for it. */
    loadMs?: number;
  };
  usage?: { cpuMs?: number; memoryBytesPeak?: number };
  /** Whether the task's code began. False means that the trial may be given again without any doubt. */
  began: boolean;
  /** Why a `cancelled` trial was stopped, where nobody had asked for it. */
  stopReason?: StopReason;
  /** Whether no other trial ran in the same executor when this one ended. Only a death that was alone counts. */
  alone: boolean;
}

/** What a running trial says. Called in order, never after `ended` has settled. */
export interface TrialEvents {
  /** The bytes belong to the receiver; they need not end at a character or line. */
  log(stream: OutputStream, bytes: Uint8Array): void;
  /** `fraction` from 0 to 1, or undefined when only the note is known. */
  progress(fraction: number | undefined, note?: string): void;
  /** What the trial needs was got ready; only of an executor that says so. */
  prepared?(): void;
}

/** Why a trial is stopped. `timeout` ends it as `timeout`, everything else as `cancelled`. */
export type StopReason = "cancel" | "pause" | "twin" | "timeout" | "shutdown" | "lease";

/** A trial under way. */
export interface RunningTrial {
  /** Settles exactly once and never rejects. When it settles, no process of the trial is left. */
  readonly ended: Promise<TrialEnd>;
  /**
   * Asks the task to stop, and kills it after `graceMs` (0 kills at once). Repeated calls can only shorten the
   * grace; the first reason is kept. Does nothing once the trial has ended.
   */
  stop(reason: StopReason, graceMs?: number): void;
  /**
   * Pauses (or resumes) reading of the trial's pipes, so that a task which prints faster than its output is
   * acknowledged waits. Without effect where trials share a channel. Do not hold it while the engine is away: a
   * task that waits for its pipe runs into its time limit.
   */
  pauseOutput(isPaused: boolean): void;
}

/** Where an executor stands. */
export type ExecutorState =
  | { readonly name: "starting" }
  | { readonly name: "idle" }
  | { readonly name: "busy"; readonly trials: number }
  | { readonly name: "exited"; readonly exit: ExecutorExit };

/** How an executor ended. */
export interface ExecutorExit {
  readonly cause: "normal" | "failure" | "timeout" | "killed";
  readonly message?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** The end of what it printed after its last trial. */
  readonly output?: string;
}

/** An executor that has loaded its revision and can start a trial at once. */
export interface Executor {
  readonly kind: ExecutorKindName;
  readonly revision: string;
  readonly state: ExecutorState;
  /** Trials that may be started now, beside those that run; 0 once it is spent or has exited. */
  readonly seatsFree: number;
  /** True once it takes no more trials because of its age or size; it exits by itself after its last trial. */
  readonly isSpent: boolean;
  /** Process id, for executors that are a process. */
  readonly pid?: number | undefined;
  /** Time that starting and loading took. */
  readonly loadMs: number;
  /** How long it asked to have for its end, in ms; undefined when it did not ask. */
  readonly closeMs?: number | undefined;
  /** Settles when the executor has exited; never rejects. */
  readonly exited: Promise<ExecutorExit>;
  /** Starts a trial. Without a free seat the trial ends as `error` with `began: false`. */
  run(order: TrialOrder, events: TrialEvents): RunningTrial;
  /** Stops what runs, with the grace, and ends the executor. Called again it can only shorten the grace. */
  close(graceMs: number): Promise<void>;
  /** Ends it at once, with everything in it; for those that may ask for time to end. */
  kill?(): void;
}

export type ExecutorKindName = "node" | "inline" | "command";

/** One kind of executor: one file in the registry. */
export interface ExecutorKind {
  readonly kind: ExecutorKindName;
  /**
   * Starts an executor and loads the revision into it.
   * @throws CapstanError `executor-start-failed`, `revision-load-failed`
   */
  start(revision: LoadedRevision, resources: ExecutorResources): Promise<Executor>;
}

/** What an executor reads of a revision's manifest. Other fields are of no concern here. */
export interface ExecutorManifest {
  /** Entry module of a `node` revision, relative to the directory; `index.js` by default. */
  entry?: string;
  /** Program of a `command` revision; in the persistent mode it takes trials on file descriptor 3. */
  command?: readonly string[];
  /** Whether `command` stays up between trials. */
  persistent?: boolean;
  /** Environment of the executor, beside the minimal one. */
  env?: Readonly<Record<string, string>>;
  /** Trials that may run in one executor at a time; 1 by default. */
  trialsPerExecutor?: number;
}

/** A revision that lies unpacked and verified on this machine. */
export interface LoadedRevision {
  revision: string;
  /** Plugin name. */
  plugin: string;
  /** Unpacked bundle; empty for a revision that exists in memory only. */
  directory: string;
  manifest: ExecutorManifest;
  /** The plugin itself, for `inline`. */
  module?: unknown;
}

/** What the worker lends to its executors. */
export interface ExecutorResources {
  /** Needed by all kinds but `inline`. */
  spawner?: ProcessGroupSpawner;
  /** System clock by default. */
  clock?: Clock;
  /** Slots of the worker, told to tasks as `CAPSTAN_SLOTS`. */
  slots?: number;
  /** Variables that every task process gets, beside the minimal environment. */
  env?: Readonly<Record<string, string>>;
  limits?: Partial<ExecutorLimits>;
}

/** Limits of executors; every one is settable. */
export interface ExecutorLimits {
  /** Time to start and load a revision; 30 s by default. */
  loadMs: number;
  /** An executor is replaced after this many trials; 10,000 by default. */
  trialsMax: number;
  /** An executor is replaced once its resident memory exceeds this; 512 MiB by default. */
  rssBytesMax: number;
  /** Longest line that an executor may send; 16 MiB by default. */
  lineBytesMax: number;
  /** How long output is awaited after a process has exited; 250 ms by default. */
  drainMs: number;
  /** What a persistent program gets at most to prepare for a trial; 10 min by default, as the setup of a command. */
  prepareMsMax: number;
  /** What it gets at most to end after it was asked to; 10 min by default. */
  closeMsMax: number;
}
