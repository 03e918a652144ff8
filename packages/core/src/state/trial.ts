import type { LeaseToken, StopReason, TrialStatus } from "@capstan/protocol";
import type { Task } from "./task.js";
import type { Worker } from "./worker.js";

export interface TrialTimes {
  readonly softMs: number;
  readonly hardMs: number;
  readonly isByEstimate: boolean;
}

/** What never changes of a trial. */
export interface TrialFacts {
  readonly id: string;
  readonly n: number;
  readonly token: LeaseToken;
  readonly grantedAtMs: number;
  readonly grantedMonoMs: number;
  readonly isTwin: boolean;
  readonly times: TrialTimes;
}

/** A trial that lives, as far as the engine knows. */
export class Trial {
  status: Extract<TrialStatus, "granted" | "running" | "stopping"> = "granted";
  stopReason: StopReason | null = null;
  /** When the stop was asked for, to give up on a worker that never answers it. */
  stoppedAtMonoMs = 0;
  /** Whether its grant was shown: watchers see only what is written, at once for unsafe ones and later for others. */
  isShown = false;
  /** Whether it holds permits of its class's gates. */
  hasPermits = false;
  /** The batch whose commit its grant waits for. */
  leavesWith = 0;
  /** When it was first seen that the grant of a trial that is not safe to rerun had left, and that its worker has it. */
  leftMonoMs: number | null = null;
  knownMonoMs: number | null = null;

  readonly id: string;
  /** Over all rounds. */
  readonly n: number;
  readonly token: LeaseToken;
  readonly grantedAtMs: number;
  readonly grantedMonoMs: number;
  readonly isTwin: boolean;
  readonly times: TrialTimes;

  constructor(
    facts: TrialFacts,
    readonly task: Task,
    readonly worker: Worker,
  ) {
    this.id = facts.id;
    this.n = facts.n;
    this.token = facts.token;
    this.grantedAtMs = facts.grantedAtMs;
    this.grantedMonoMs = facts.grantedMonoMs;
    this.isTwin = facts.isTwin;
    this.times = facts.times;
  }
}
