/** What the spawner process does for its worker: starts, signals and ends groups, and reports the worker's death. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { ControlGroup } from "./control-group.js";
import { GroupGuard } from "./group-guard.js";
import { endGroup, SpawnError, startGroup, type Group, type GroupControls } from "./group.js";
import { MemoryWatch } from "./memory-watch.js";
import type { ExitedMessage, FromSpawner, SpawnMessage, SpawnerSetup, Standing, ToSpawner } from "./message.js";
import { isGroupAlive, signalGroup, signalOne } from "./process-group.js";
import { reportWorkerDied } from "./report-worker-died.js";
import { findMarked, groupMark, markVariable, OrphanWatch } from "./stray.js";

export class SpawnerProcess {
  readonly #mark: string;
  readonly #cgroupDirectory: string | undefined;
  readonly #send: (message: FromSpawner) => void;
  readonly #groups = new Map<number, Group>();
  readonly #trials = new Set<string>();
  readonly #orphans = new OrphanWatch();
  readonly #guard = new GroupGuard((group) => void endGroup(group));
  readonly #memory = new MemoryWatch((group) => void endGroup(group));
  #controls: ControlGroup | undefined;
  #standing: Standing | null = null;
  #childCpuMs = childCpuMs();
  #exits: ExitedMessage[] = [];

  constructor({ mark, cgroupDirectory }: SpawnerSetup, send: (message: FromSpawner) => void) {
    this.#mark = mark;
    this.#cgroupDirectory = cgroupDirectory;
    if (cgroupDirectory !== undefined) this.#controls = ControlGroup.prepare(cgroupDirectory, mark);
    this.#send = send;
  }

  /** Obeys one message of the worker. */
  receive(message: Exclude<ToSpawner, { do: "close" }>): void {
    switch (message.do) {
      case "spawn":
        return void this.#spawn(message);
      case "signal": {
        const pid = this.#groups.get(message.group)?.pid;
        if (pid !== undefined) signalGroup(pid, message.signal);
        return;
      }
      case "kill":
        return void this.#kill(message.group);
      case "keep": {
        const group = this.#groups.get(message.group);
        if (group) group.kept = new Set(this.#orphansOf(group));
        return;
      }
      case "sweep":
        return this.#sweep(message.group);
      case "limit": {
        const group = this.#groups.get(message.group);
        if (group) this.#memory.limit(group, message.memoryBytes);
        return;
      }
      case "guard": {
        const group = this.#groups.get(message.group);
        if (group) this.#guard.watch(group, message.guard);
        return;
      }
      case "unguard":
        return this.#guard.forget(message.trial);
      case "renew":
        return this.#guard.renew(message.sentAt);
      case "pipes":
        return this.#makePipes(message.paths);
      case "standing":
        this.#standing = message.standing;
        return;
      case "trials":
        for (const trial of message.started) this.#trials.add(trial);
        for (const trial of message.ended) this.#trials.delete(trial);
        return;
    }
  }

  async #spawn(order: SpawnMessage): Promise<void> {
    const { group: id, guard } = order;
    if (guard && this.#guard.isOverdue(guard)) {
      const message = "the lease of the trial was nearly over before its process was started";
      return this.#send({ is: "failed", group: id, code: "lease", message, isCutOff: true });
    }
    const outer = process.env[markVariable];
    const mark = groupMark(this.#mark, id);
    const env = { ...order.env, [markVariable]: outer === undefined ? mark : `${outer}:${mark}` };
    const group: Group = { order: { ...order, env }, mark, controls: this.#controlsOf(mark), memoryBytesPeak: 0 };
    this.#groups.set(id, group);
    if (guard) this.#guard.watch(group, guard);
    try {
      const pid = await startGroup(group);
      this.#send({ is: "spawned", group: id, pid });
      group.child?.once("exit", (code, signal) => this.#exited(group, code, signal));
      if (order.memoryBytes !== undefined) this.#memory.limit(group, order.memoryBytes);
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      this.#forget(group);
      this.#send({ is: "failed", group: id, code: error.code, message: error.message });
    }
  }

  #exited(group: Group, code: number | null, signal: NodeJS.Signals | null): void {
    const { memoryBytesMax } = group;
    this.#guard.forgetGroup(group);
    this.#memory.limit(group, undefined);
    const usage = group.controls?.own.usage();
    const memoryBytesPeak = usage?.memoryBytesPeak ?? group.memoryBytesPeak;
    const memoryBytesExceeded = usage?.isMemoryExceeded ? memoryBytesMax : group.memoryBytesExceeded;
    const exit: ExitedMessage = {
      is: "exited",
      group: group.order.group,
      code,
      signal,
      isLeft: this.#isLeft(group),
      ...(usage?.cpuMs !== undefined && { cpuMs: usage.cpuMs }),
      ...(memoryBytesPeak > 0 && { memoryBytesPeak }),
      ...(memoryBytesExceeded !== undefined && { memoryBytesExceeded }),
      ...(group.isCutOff && { isCutOff: true }),
    };
    if (this.#exits.push(exit) === 1) setImmediate(() => this.#sendExits());
  }

  #controlsOf(mark: string): GroupControls | undefined {
    if (!this.#controls || this.#cgroupDirectory === undefined) return undefined;
    const own = ControlGroup.create(this.#cgroupDirectory, mark);
    return own && { own, spawner: this.#controls };
  }

  /** What a killed one had started is handed to an ancestor in turn, and killed when the next trial has ended, or with the group. */
  #sweep(id: number): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    for (const pid of this.#orphansOf(group)) if (group.kept?.has(pid) !== true) signalOne(pid, "SIGKILL");
  }

  #orphansOf(group: Group): number[] {
    return this.#orphans.find((mark) => mark === group.mark);
  }

  #isLeft(group: Group): boolean {
    if (isGroupAlive(group.pid ?? 0)) return true;
    return group.controls?.own.isPopulated ?? this.#orphansOf(group).length > 0;
  }

  #forget(group: Group): void {
    this.#groups.delete(group.order.group);
    this.#guard.forgetGroup(group);
    group.controls?.own.remove();
  }

  /** Sends the exits of one turn. The system counts the CPU time of all children in one sum, so only a lone exit has one. */
  #sendExits(): void {
    const cpuMs = childCpuMs() - this.#childCpuMs;
    this.#childCpuMs += cpuMs;
    for (const exit of this.#exits) {
      const group = this.#groups.get(exit.group);
      if (!exit.isLeft && group) this.#forget(group);
      if (this.#exits.length === 1) exit.cpuMs ??= cpuMs;
      this.#send(exit);
    }
    this.#exits = [];
  }

  async #kill(id: number): Promise<void> {
    const group = this.#groups.get(id);
    const isSurvivor = group !== undefined && (await endGroup(group));
    if (group) this.#forget(group);
    this.#send({ is: "gone", group: id, isSurvivor });
  }

  #makePipes(paths: string[]): void {
    execFile("mkfifo", ["-m", "600", ...paths], (error) => {
      this.#send({ is: "pipes", paths: error ? [] : paths });
    });
  }

  /** Kills every group at once and, when asked to, tells the engine that the worker is dead. */
  async end(isReported: boolean): Promise<void> {
    for (const group of this.#groups.values()) if (group.pid !== undefined) signalGroup(group.pid, "SIGKILL");
    for (const group of this.#groups.values()) group.controls?.own.kill();
    // Processes that left their groups, in one pass over all.
    const isOurs = (mark: string): boolean => mark.startsWith(`${this.#mark}.`);
    for (let round = 0; round < 5; round++) {
      const strays = findMarked(isOurs);
      for (const pid of strays) signalOne(pid, "SIGKILL");
      if (strays.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 2 ** round));
    }
    for (const group of this.#groups.values()) group.controls?.own.remove();
    if (isReported && this.#standing) await reportWorkerDied({ ...this.#standing, trials: [...this.#trials] });
  }
}

/** CPU time of all children that have ended, theirs included, as far as the system tells it (10 ms steps). */
function childCpuMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return 0;
  }
}
