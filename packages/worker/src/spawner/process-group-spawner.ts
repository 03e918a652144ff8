/**
 * What executors need of a spawner. `Spawner` is the real one; a simulation passes its own.
 */
import type { Socket } from "node:net";
import type { Lease } from "../lease/lease.js";
import type { OutputStream } from "../output/output-stream.js";

/** What to start. */
export interface SpawnOrder {
  /** Program and arguments. */
  command: readonly string[];
  cwd: string;
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  /** What the process reads from standard input; nothing when left out. */
  stdin?: string;
  /** Whether file descriptor 3 is a socket to the worker. */
  hasControl?: boolean;
  /** The group is killed once its processes together hold more than this. */
  memoryBytes?: number;
  /** How long output is awaited after the first process has exited; 250 ms by default. */
  drainMs?: number;
  /** The group is this trial's, and is killed when nobody renews its lease. */
  guard?: GuardedTrial;
}

/** A trial that is not safe to rerun. */
export interface GuardedTrial {
  trial: string;
  /** By the worker's clock. */
  lease: Lease;
}

/** How a group ended. No process of it is left. */
export interface GroupExit {
  /** Exit code of its first process; null when a signal ended it or nobody knows. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The program could not be started; nothing has run. */
  startFailure?: { code: string; message: string };
  /** The spawner died, and the group was killed for it. */
  isSpawnerLost?: boolean;
  /** Its spawner killed it because nobody renewed the lease of a trial in it. */
  isCutOff?: boolean;
  cpuMs?: number;
  memoryBytesPeak?: number;
  memoryBytesExceeded?: number;
}

export interface GroupListener {
  spawned?(pid: number): void;
  output(stream: OutputStream, bytes: Buffer): void;
  /** The worker's end of file descriptor 3. */
  control?(socket: Socket): void;
  /** Called once, last. */
  ended(exit: GroupExit): void;
}

/** A process group under way. Every call is harmless once it has ended. */
export interface ProcessGroup {
  /** Process id of its first process, once it runs. */
  readonly pid: number | undefined;
  /** Sends a signal to every process of the group. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the group and what left it. `ended` follows. */
  kill(): void;
  /** Sets or lifts the limit on the memory of all its processes together. */
  limitMemory(memoryBytes: number | undefined): void;
  /** Its first process is ready: orphans that it has left by now are its own. */
  keepOrphans(): void;
  /** A trial in it has ended: kills the orphans of the group that came after `keepOrphans`. */
  killOrphans(): void;
  /** The trial begins in it: from now on it is killed when nobody renews the lease. */
  guard(guarded: GuardedTrial): void;
  /** The trial has ended. */
  unguard(trial: string): void;
  /** Pauses or resumes the reading of its output. */
  pauseOutput(isPaused: boolean): void;
}

export interface ProcessGroupSpawner {
  /** Starts a process in a group of its own. Never throws: failures are told to the listener's `ended`. */
  spawn(order: SpawnOrder, listener: GroupListener): ProcessGroup;
}
