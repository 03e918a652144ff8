/** What the end of an executor process means, for the executor and for the trials that ran in it. */
import type { GroupExit } from "../../spawner/process-group-spawner.js";
import type { ExecutorExit, Fault } from "../executor.js";

export interface DeathCause {
  cause: ExecutorExit["cause"];
  error: Fault;
}

export interface DeathFacts {
  /** Why it was killed, or said that it would end. */
  cause: DeathCause | undefined;
  isClosing: boolean;
  memoryBytesMax: number | undefined;
}

/** Says why a process ended, the strongest reason first. */
export function deathOf(exit: GroupExit, facts: DeathFacts): DeathCause {
  const how: Partial<Fault> = {};
  if (exit.code !== null) how.exitCode = exit.code;
  if (exit.signal !== null) how.signal = exit.signal;
  const died = (cause: ExecutorExit["cause"], error: Fault): DeathCause => ({
    cause,
    error: { ...how, ...error },
  });
  if (exit.isSpawnerLost) return died("killed", spawnerDied);
  if (exit.isCutOff) return died("killed", leaseOver);
  if (exit.memoryBytesExceeded !== undefined) {
    return died("killed", memoryError(exit.memoryBytesExceeded, facts.memoryBytesMax));
  }
  if (facts.cause) return died(facts.cause.cause, facts.cause.error);
  if (exit.startFailure) return died("failure", { message: exit.startFailure.message });
  if (facts.isClosing) return died("normal", { message: "the executor was closed" });
  const ended = exit.signal === null ? `exited with code ${exit.code}` : `was ended by the signal ${exit.signal}`;
  return died("failure", { name: "ExecutorDied", message: `the executor process ${ended} while the trial ran` });
}

/** Whether somebody else killed the process; code that crashes ends by another signal. */
export function isKilledByOthers({ isSpawnerLost = false, signal, memoryBytesExceeded }: GroupExit): boolean {
  return isSpawnerLost || (memoryBytesExceeded === undefined && (signal === "SIGKILL" || signal === "SIGTERM"));
}

/** What the record of a trial says whose process was killed because nobody renewed the lease of a trial in it. */
export const leaseOver: Fault = {
  name: "LeaseOver",
  message:
    "its process was ended by the spawner: the worker did not renew the lease of a trial that is not safe to rerun",
};

/** What the record of a trial says whose process was killed because the spawner died. */
export const spawnerDied: Fault = {
  name: "SpawnerDied",
  message: "the worker's spawner died, and every process of its executors with it",
};

/** What the record of a trial says that used too much memory. */
export function memoryError(usedBytes: number, limitBytes: number | undefined): Fault {
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  const limit = limitBytes === undefined ? "its memory limit" : `its memory limit of ${mebibytes(limitBytes)}`;
  return { name: "MemoryLimit", message: `the trial was killed: it used ${mebibytes(usedBytes)}, more than ${limit}` };
}
