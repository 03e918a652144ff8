import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** A living process. */
export interface LiveProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

/**
 * All living processes that were started with this `TMPDIR`: workers hand it to all that they start, so it marks their
 * whole tree, also what left its group and session.
 */
export function processesWithTmp(folder: string): LiveProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => read(Number(name), `TMPDIR=${folder}`))
    .filter((found) => found !== undefined);
}

/** Ends the whole tree at once, so that nobody of it is left to tell: as when the machine is gone. */
export function killTree(folder: string): void {
  signalTree(folder, "SIGSTOP");
  signalTree(folder, "SIGKILL");
}

/** Sends a signal to all of the tree, and gives whom it reached. */
export function signalTree(folder: string, signal: NodeJS.Signals): number[] {
  const pids = processesWithTmp(folder).map(({ pid }) => pid);
  for (const pid of pids) kill(pid, signal);
  return pids;
}

/** Sends a signal to a process that may be gone. */
export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Resolves when nothing of the tree lives; the system tells nobody of others' children, hence it looks again. */
export async function untilNoneWithTmp(folder: string, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const left = processesWithTmp(folder);
    if (left.length === 0) return;
    if (performance.now() > endMs) throw new Error(`processes are left: ${JSON.stringify(left)}`);
    await pause(10);
  }
}

/** Resolves when none of the processes lives. */
export async function untilGone(pids: readonly number[], timeoutMs = 10_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (pids.some(isAlive)) {
    if (performance.now() > endMs) throw new Error(`of ${pids.join(", ")} some still live`);
    await pause(10);
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^(Z|X)/.test(statOf(pid));
  } catch {
    return false;
  }
}

/** CPU seconds that a process has used, its threads included and its children not. */
export function cpuSecondsOf(pid: number): number {
  const fields = statOf(pid).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function residentBytesOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+)/m);
  return Number(line?.[1] ?? 0) * 1_024;
}

/** The fields from the state on; the name before it may hold anything. */
function statOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2);
}

function read(pid: number, mark: string): LiveProcess | undefined {
  try {
    if (!`\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(`\0${mark}\0`)) return undefined;
    const [state, parent] = statOf(pid).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parentPid: Number(parent), command };
  } catch {
    return undefined;
  }
}
