/**
 * Finds processes that left their group (`setsid`), by a variable that every process of a group inherits.
 *
 * Reading the environment of every process costs milliseconds, so it is done only where something is known to be left
 * or was killed. After an ordinary exit a cheaper look suffices: a process that left its group and outlives its
 * parent has been handed to one of our ancestors (init, or a subreaper in between), so only their new children are
 * looked at, a few file reads in all.
 * What clears its environment is not found; only a cgroup would catch that.
 */
import { readFileSync, readdirSync } from "node:fs";

/** The variable that marks the processes of a group; groups within groups append theirs after a colon. */
export const markVariable = "CAPSTAN_GROUP";

/** The mark of one group of a spawner. */
export function groupMark(spawnerMark: string, group: number): string {
  return `${spawnerMark}.${group}`;
}

/** Every process whose mark satisfies the test, this one excepted. Empty where there is no `/proc`. */
export function findMarked(isWanted: (mark: string) => boolean): number[] {
  const found: number[] = [];
  for (const name of listing("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid !== process.pid && isMarked(pid, isWanted)) found.push(pid);
  }
  return found;
}

function isMarked(pid: number, isWanted: (mark: string) => boolean): boolean {
  return marksOf(pid).some(isWanted);
}

/** The marks of a process, the outermost group first. */
function marksOf(pid: number): string[] {
  const environment = `\0${read(`/proc/${pid}/environ`)}`;
  const at = environment.indexOf(`\0${markVariable}=`);
  if (at < 0) return [];
  const start = at + markVariable.length + 2;
  const end = environment.indexOf("\0", start);
  return environment.slice(start, end < 0 ? undefined : end).split(":");
}

/** Whether a process group has a member that is not a zombie. */
export function hasLiveMember(group: number): boolean {
  return listing("/proc").some((name) => {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : "";
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(memberOf) === group && state !== "Z" && state !== "X";
  });
}

/** Watches the children of our ancestors, to whom orphans are handed. */
export class OrphanWatch {
  #parent = -1;
  #ancestors: number[] = [];
  /** The marks of every child of an ancestor, read once; most have none. */
  #marks = new Map<number, string[]>();

  /** Notes the children that are there now, so that only later ones are looked at. */
  constructor() {
    this.find(() => false);
  }

  /** Orphans whose mark satisfies the test. */
  find(isWanted: (mark: string) => boolean): number[] {
    if (process.ppid !== this.#parent) {
      this.#parent = process.ppid;
      this.#ancestors = ancestors();
    }
    const marks = new Map<number, string[]>();
    const found: number[] = [];
    for (const pid of this.#ancestors.flatMap(childrenOf)) {
      const known = this.#marks.get(pid) ?? marksOf(pid);
      marks.set(pid, known);
      if (pid !== process.pid && known.some(isWanted)) found.push(pid);
    }
    this.#marks = marks;
    return found;
  }
}

function ancestors(): number[] {
  const found: number[] = [];
  for (let pid = process.ppid; pid > 0 && found.length < 64; pid = parentOf(pid)) found.push(pid);
  return found;
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

/** Children of a process's first thread. */
export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** Resident memory of a process and of all its descendants, in bytes. */
export function treeMemoryBytes(root: number): number {
  let kibibytes = 0;
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    kibibytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    for (const thread of listing(`/proc/${pid}/task`)) {
      for (const child of read(`/proc/${pid}/task/${thread}/children`).split(" ")) if (child) queue.push(Number(child));
    }
  }
  return kibibytes * 1024;
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
