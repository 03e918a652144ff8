/**
 * A cgroup (v2) for one process group, where the operator has delegated a directory for it.
 *
 * It is exact where process groups and samples are not: it holds every descendant, those included that left their group
 * and cleared their environment; it limits memory in the kernel; and it counts CPU time. A process is in it from the
 * first instant, as the spawner itself is in it while it forks.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a control group has counted. */
export interface ControlGroupUsage {
  cpuMs?: number;
  memoryBytesPeak?: number;
  /** The kernel killed for memory. */
  isMemoryExceeded: boolean;
}

const prefix = "capstan-";

export class ControlGroup {
  readonly #path: string;
  /** Whether memory can be limited: the controller is delegated too. */
  readonly hasMemory: boolean;

  private constructor(path: string) {
    this.#path = path;
    this.hasMemory = existsSync(join(path, "memory.max"));
  }

  /**
   * Prepares a delegated directory: moves this process into a group of its own there, removes what earlier spawners have
   * left empty, and has the kernel limit memory, if it may.
   * @returns the group of this process; undefined where the directory is no cgroup of version 2 or not ours to use
   */
  static prepare(parent: string, spawnerMark: string): ControlGroup | undefined {
    if (!existsSync(join(parent, "cgroup.kill"))) return undefined;
    for (const name of tolerate(() => readdirSync(parent)) ?? []) {
      if (name.startsWith(prefix)) tolerate(() => rmdirSync(join(parent, name)));
    }
    tolerate(() => writeFileSync(join(parent, "cgroup.subtree_control"), "+memory"));
    const own = ControlGroup.create(parent, `${spawnerMark}.0`);
    return own?.enter() ? own : undefined;
  }

  /** Makes one; undefined when it cannot be made. */
  static create(parent: string, mark: string): ControlGroup | undefined {
    const path = join(parent, prefix + mark);
    return tolerate(() => {
      mkdirSync(path);
      return new ControlGroup(path);
    });
  }

  /** Kills and removes the groups that a dead spawner has left. */
  static clear(parent: string, spawnerMark: string): void {
    tolerate(() => {
      for (const name of readdirSync(parent)) {
        if (name.startsWith(`${prefix}${spawnerMark}.`)) new ControlGroup(join(parent, name)).#clear();
      }
    });
  }

  #clear(): void {
    this.kill();
    this.remove();
  }

  /** Moves this process into it; what it forks is in it then. Answers whether that went well. */
  enter(): boolean {
    return tolerate(() => (writeFileSync(join(this.#path, "cgroup.procs"), String(process.pid)), true)) ?? false;
  }

  /** Sets or lifts the limit on memory; exceeding it kills everything in the group. */
  limitMemory(memoryBytesMax: number | undefined): void {
    tolerate(() => writeFileSync(join(this.#path, "memory.oom.group"), "1"));
    tolerate(() => writeFileSync(join(this.#path, "memory.max"), String(memoryBytesMax ?? "max")));
  }

  /** Whether a process is in it that is alive. */
  get isPopulated(): boolean {
    return /^populated 1$/m.test(this.#read("cgroup.events"));
  }

  /** Kills everything in it. */
  kill(): void {
    tolerate(() => writeFileSync(join(this.#path, "cgroup.kill"), "1"));
  }

  usage(): ControlGroupUsage {
    const cpu = /^usage_usec (\d+)$/m.exec(this.#read("cpu.stat"))?.[1];
    const peak = this.#read("memory.peak").trim();
    return {
      ...(cpu !== undefined && { cpuMs: Number(cpu) / 1000 }),
      ...(peak !== "" && { memoryBytesPeak: Number(peak) }),
      isMemoryExceeded: /^oom_kill [1-9]/m.test(this.#read("memory.events")),
    };
  }

  /** Removes it; one that still has a process stays. */
  remove(): void {
    tolerate(() => rmdirSync(this.#path));
  }

  #read(name: string): string {
    return tolerate(() => readFileSync(join(this.#path, name), "latin1")) ?? "";
  }
}

/** Control groups are a help, never a condition: what cannot be done with them is left to the other ways. */
function tolerate<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
