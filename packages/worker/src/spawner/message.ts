/**
 * What worker and spawner say to each other, over a socket on the spawner's file descriptor 3. The two are always of
 * the same version, being one program, so messages are typed and not validated.
 */
import type { Lease } from "../lease/lease.js";
import type { Moment } from "../lease/moment.js";

/** A trial that is not safe to rerun, with its lease by the clock of the machine. */
export interface GuardedTrial {
  trial: string;
  lease: Lease;
}

/** Starts a process in a group of its own. */
export interface SpawnMessage {
  do: "spawn";
  group: number;
  /** Program and arguments. */
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** File that becomes its standard input and is removed; nothing to read when left out. */
  stdin?: string;
  /** Named pipes whose reading ends the worker has opened. */
  stdout: string;
  stderr: string;
  /** Connects file descriptor 3 to the worker's socket, after telling it the key. */
  control?: { socket: string; key: string };
  memoryBytes?: number;
  /** The group is this trial's, and is killed when nobody renews its lease. */
  guard?: GuardedTrial;
}

/** Who is told what when the worker dies. */
export interface Standing {
  /** WebSocket address of the engine. */
  url: string;
  headers?: Record<string, string>;
  session: string;
  secret: string;
}

export type ToSpawner =
  | SpawnMessage
  | { do: "signal"; group: number; signal: NodeJS.Signals }
  /** Kills the group and what left it, and answers `gone`. */
  | { do: "kill"; group: number }
  /** What has left the group by now belongs to its first process, and not to a trial. */
  | { do: "keep"; group: number }
  /** A trial has ended: kills what it has left behind as orphans. */
  | { do: "sweep"; group: number }
  | { do: "limit"; group: number; memoryBytes: number | undefined }
  /** The trial begins in the group, which is killed when nobody renews its lease. */
  | { do: "guard"; group: number; guard: GuardedTrial }
  | { do: "unguard"; trial: string }
  /** The engine has answered a heartbeat that was sent at that moment. */
  | { do: "renew"; sentAt: Moment }
  | { do: "pipes"; paths: string[] }
  /** `null` when there is no session to report on. */
  | { do: "standing"; standing: Standing | null }
  | { do: "trials"; started: string[]; ended: string[] }
  /** Ends everything without a report. */
  | { do: "close" };

export interface ExitedMessage {
  is: "exited";
  group: number;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether processes of the group outlive its first one. */
  isLeft: boolean;
  cpuMs?: number;
  memoryBytesPeak?: number;
  /** Set when the group was killed because nobody renewed the lease of a trial in it. */
  isCutOff?: true;
  /** Set when the group was killed for its memory. */
  memoryBytesExceeded?: number;
}

export type FromSpawner =
  | { is: "ready" }
  | { is: "pipes"; paths: string[] }
  | { is: "spawned"; group: number; pid: number }
  | { is: "failed"; group: number; code: string; message: string; isCutOff?: true }
  | ExitedMessage
  | { is: "gone"; group: number; isSurvivor: boolean };

/** What the spawner process is told when it starts, as the first message. */
export interface SpawnerSetup {
  /** Directory of pipes and sockets, removed by the spawner when its worker dies. */
  directory: string;
  /** Marks every process of this spawner, in the variable `CAPSTAN_GROUP`. */
  mark: string;
  /** Directory of cgroups (v2) that has been delegated to the worker. */
  cgroupDirectory?: string;
}
