/**
 * The worker's handle on its spawner process, the parent of every executor.
 *
 * It starts the process, starts it again when it died, and hands out process groups. A spawner that dies takes no
 * executor with it by itself, so the groups that it had are killed from here.
 */
import { systemClock, type Clock } from "@capstan/protocol";
import { onMachine } from "../lease/machine-clock.js";
import type { Moment } from "../lease/moment.js";
import type { Standing } from "./message.js";
import { SpawnerLink } from "./spawner-link.js";
import type { GroupListener, ProcessGroup, ProcessGroupSpawner, SpawnOrder } from "./process-group-spawner.js";
import { SpawnedGroup } from "./spawned-group.js";

export interface SpawnerOptions {
  clock?: Clock;
  /** Parent of the spawner's private directory (pipes and a socket, mode 0700); the system's by default. */
  temporaryDirectory?: string;
  /**
   * Directory of cgroups (v2) that has been delegated to this worker, and that holds no process itself. With it no
   * process escapes its trial, and memory is limited by the kernel where that controller is delegated as well. Without
   * it processes are found by their group and a mark in their environment, and memory is sampled.
   */
  cgroupDirectory?: string;
  /** Called when the spawner process died; the next one is started at once. */
  died?: (exit: { code: number | null; signal: NodeJS.Signals | null }) => void;
}

/** What a worker asks of its spawner; a simulation passes its own. */
export type WorkerSpawner = Pick<
  Spawner,
  "ready" | "spawn" | "standing" | "renew" | "trialStarted" | "trialEnded" | "close"
>;

/** A spawner that died more often than this within a minute is started again only on demand. */
const restartsMax = 10;

export class Spawner implements ProcessGroupSpawner {
  readonly #options: SpawnerOptions;
  readonly #clock: Clock;
  readonly #trials = new Set<string>();
  readonly #started = new Set<string>();
  readonly #ended = new Set<string>();
  #waiting: SpawnedGroup[] = [];
  #isAnnouncing = false;
  #link: SpawnerLink | undefined;
  #starting: Promise<void> | undefined;
  #deathsMs: number[] = [];
  #standing: Standing | null = null;
  #isClosed = false;

  /** Resolves when the process can start others; rejects when it cannot be started at all. */
  readonly ready: Promise<void>;

  /** Starts a spawner process. Groups that are asked for before it is ready wait for it. */
  static open(options: SpawnerOptions = {}): Spawner {
    return new Spawner(options);
  }

  /** Starts a spawner process and waits until it is ready. */
  static async start(options: SpawnerOptions = {}): Promise<Spawner> {
    const spawner = new Spawner(options);
    await spawner.ready;
    return spawner;
  }

  private constructor(options: SpawnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.ready = this.#startLink();
    this.ready.catch((error: Error) => this.#failWaiting(error));
  }

  /** Process id of the spawner; undefined while it is being started again. */
  get pid(): number | undefined {
    return this.#link?.pid;
  }

  spawn(order: SpawnOrder, listener: GroupListener): ProcessGroup {
    const group = new SpawnedGroup(order, listener);
    if (this.#isClosed) queueMicrotask(() => group.fail("spawner-failed", "the spawner is closed; start another one"));
    else if (this.#link) this.#link.spawn(group);
    else {
      this.#waiting.push(group);
      this.#startLink().catch((error: Error) => this.#failWaiting(error));
    }
    return group;
  }

  /** Tells the spawner whom to tell what, should this process die; undefined when there is no session. */
  standing(standing: Standing | undefined): void {
    this.#standing = standing ?? null;
    this.#link?.send({ do: "standing", standing: this.#standing });
  }

  /** Notes a trial as running, for the report on this process's death. */
  trialStarted(trial: string): void {
    this.#trials.add(trial);
    this.#started.add(trial);
    this.#announce();
  }

  /** Takes a trial out of that report. */
  trialEnded(trial: string): void {
    // A trial that began and ended within a turn is never mentioned.
    if (this.#trials.delete(trial) && !this.#started.delete(trial)) this.#ended.add(trial);
    this.#announce();
  }

  /** The engine has answered a heartbeat (or hello) sent at that moment: all leases of guarded trials count from it. */
  renew(sentAt: Moment): void {
    this.#link?.send({ do: "renew", sentAt: onMachine(this.#clock, sentAt) });
  }

  /** Ends every group at once and the spawner process with them. Nothing is reported. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting?.catch(() => undefined);
    this.#failWaiting(new Error("it is closed"));
    await this.#link?.close();
  }

  #announce(): void {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    setImmediate(() => {
      this.#isAnnouncing = false;
      if (this.#started.size === 0 && this.#ended.size === 0) return;
      this.#link?.send({ do: "trials", started: [...this.#started], ended: [...this.#ended] });
      this.#started.clear();
      this.#ended.clear();
    });
  }

  #startLink(): Promise<void> {
    this.#starting ??= this.#connect().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  async #connect(): Promise<void> {
    const link = await this.#startProcess();
    this.#link = link;
    if (this.#standing) link.send({ do: "standing", standing: this.#standing });
    if (this.#trials.size > 0) link.send({ do: "trials", started: [...this.#trials], ended: [] });
    for (const group of this.#waiting.splice(0)) if (!group.isEnded) link.spawn(group);
  }

  /** One that was killed before it was ready says nothing about the next one; one that ended by itself does. */
  async #startProcess(): Promise<SpawnerLink> {
    const { temporaryDirectory, cgroupDirectory } = this.#options;
    for (;;) {
      const state = { wasKilled: false };
      try {
        return await SpawnerLink.start({
          clock: this.#clock,
          ...(temporaryDirectory !== undefined && { temporaryDirectory }),
          ...(cgroupDirectory !== undefined && { cgroupDirectory }),
          died: (exit) => {
            state.wasKilled = exit.signal !== null;
            this.#died(exit);
          },
        });
      } catch (error) {
        if (!state.wasKilled || this.#isClosed || this.#deathsMs.length > restartsMax) throw error;
      }
    }
  }

  #died(exit: { code: number | null; signal: NodeJS.Signals | null }): void {
    this.#link = undefined;
    if (this.#isClosed) return;
    const nowMs = this.#clock.monotonicMs();
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => nowMs - atMs < 60_000), nowMs];
    this.#options.died?.(exit);
    if (this.#deathsMs.length <= restartsMax) this.#startLink().catch((error: Error) => this.#failWaiting(error));
  }

  #failWaiting(error: Error): void {
    const message = `the spawner could not be started: ${error.message}`;
    for (const group of this.#waiting.splice(0)) group.fail("spawner-failed", message);
  }
}
