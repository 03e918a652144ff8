import type { Runtime, WelcomeMessage } from "@capstan/protocol";
import { WorkerEmitter, type WorkerEventName, type WorkerListener } from "./event/worker-event.js";
import { validate } from "./option/validate.js";
import { withDefaults, type WorkerConfig, type WorkerOptions } from "./option/worker-options.js";
import type { SessionState } from "./session/session-state.js";
import { WorkerParts } from "./worker-parts.js";

/** How a worker stands at one moment. */
export interface WorkerStatus {
  readonly state: SessionState;
  /** The worker's id; undefined before it first joined. */
  readonly worker: string | undefined;
  readonly session: string | undefined;
  readonly name: string;
  readonly slots: number;
  readonly slotsBusy: number;
  /** Offers that the engine may make. */
  readonly credits: number;
  /** Trials that run. */
  readonly trialsRunning: number;
  /** Trials that have ended and whose report the engine has not answered. */
  readonly trialsUnanswered: number;
  readonly executors: number;
  readonly revisions: readonly string[];
  readonly isDraining: boolean;
}

export interface CloseOptions {
  /** How long trials, and then clean-up scripts and the ends of executors, may go on before they are stopped, in ms. Default 10,000. */
  readonly graceMs?: number;
  /** How long a stopped trial has before it is killed, in ms. Default 2,000. */
  readonly stopGraceMs?: number;
  /**
   * How long clean-up scripts, and executors that asked for time to end, have where less of `graceMs` is left, in ms.
   * Default: as `stopGraceMs`.
   */
  readonly cleanUpMs?: number;
}

/** How long the last reports may wait for their answers once everything has ended, in ms. */
const answerMs = 2_000;

/**
 * Starts a worker: deploys its inline plugins, joins the engine, and takes work from then on. While the engine cannot be
 * reached it goes on trying.
 * @throws CapstanError `invalid-config`; what the engine refused the worker with, such as `unauthorized` or
 * `unsupported-protocol`; `invalid-manifest` for an inline plugin that cannot be described.
 * @example
 * const worker = await startWorker({ engine: "http://127.0.0.1:7070", slots: 4 });
 * await worker.close({ graceMs: 30_000 });
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const worker = makeWorker(options);
  await worker.start();
  return worker;
}

/** A worker that has not been started. @throws CapstanError `invalid-config`. */
export function makeWorker(options: WorkerOptions): Worker {
  const config = withDefaults(options);
  validate(config);
  return new Worker(config);
}

/** A running worker. */
export class Worker {
  readonly #config: WorkerConfig;
  readonly #events: WorkerEmitter;
  readonly #parts: WorkerParts;
  readonly #waiting = new Set<() => void>();
  #isDraining = false;
  #closing: Promise<void> | undefined;

  /** Use {@link startWorker} or {@link makeWorker}. */
  constructor(config: WorkerConfig) {
    this.#config = config;
    this.#events = new WorkerEmitter(config.onEvent);
    this.#parts = new WorkerParts(config, { events: this.#events, changed: () => this.#changed() });
  }

  /** Calls the listener at each event of the name until the returned function is called. */
  on<N extends WorkerEventName>(name: N, listener: WorkerListener<N>): () => void {
    return this.#events.on(name, listener);
  }

  /** Joins; called by {@link startWorker}. */
  async start(): Promise<void> {
    const { session, desk, offers, revisions, workspaces } = this.#parts;
    try {
      await this.#parts.load();
      const joined = session.join({
        ready: (welcome, url) => this.#ready(welcome, url),
        lost: () => {
          desk.holdOutput(false);
          this.#changed();
        },
        grant: (grant) => desk.grant(grant),
        stop: (trial, reason, graceMs) => desk.stop(trial, reason, graceMs),
        answered: (trial, refusal) => desk.answered(trial, refusal),
        cutOff: (trials) => desk.cutOff(trials),
        drain: (reason) => this.#drained(reason),
        undrain: () => {
          if (!this.#isDraining) offers.drain(false);
          this.#events.emit("undrained", { isDraining: false });
        },
        offered: (revision) => revisions.retain(revision),
        noMoreTasks: (revision) => revisions.release(revision, () => this.#askForMore()),
        releaseWorkspace: (taskset) => workspaces.release(taskset),
        deployInfo: (revision, { runtime }) => void this.#preload(revision, runtime),
      });
      await Promise.all([joined, this.#parts.spawnerReady()]);
    } catch (error) {
      await this.close({ graceMs: 0 });
      throw error;
    }
  }

  status(): WorkerStatus {
    const { session, offers, trials, pool, revisions } = this.#parts;
    return {
      state: session.state,
      worker: session.worker,
      session: session.session,
      name: this.#config.name,
      slots: this.#config.slots,
      slotsBusy: offers.slotsBusy,
      credits: offers.credits,
      trialsRunning: trials.running,
      trialsUnanswered: trials.size - trials.running,
      executors: pool.count,
      revisions: revisions.list(),
      isDraining: offers.isDraining,
    };
  }

  /** Takes no more work, and resolves when every trial has ended and its report is answered. */
  async drain(): Promise<void> {
    this.#beginDrain("drain");
    await this.#until(() => this.#parts.trials.isEmpty || this.#parts.session.state === "closed");
    this.#parts.session.leave("drain");
  }

  /** Leaves: waits for its trials up to the limit, stops what is left, reports it, and ends everything it started. */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close({ graceMs = 10_000, stopGraceMs = 2_000, cleanUpMs = stopGraceMs }: CloseOptions): Promise<void> {
    const { trials, desk, session } = this.#parts;
    const { clock } = this.#config.seams;
    const endMs = clock.monotonicMs() + graceMs;
    this.#beginDrain("close");
    if (session.worker !== undefined) {
      await this.#until(() => trials.running === 0, graceMs);
      desk.stopAll("shutdown", stopGraceMs);
      await this.#until(() => trials.running === 0, stopGraceMs + answerMs);
      await this.#until(() => trials.isEmpty || session.state !== "ready", answerMs);
    }
    const limit = clock.setTimer(Math.max(cleanUpMs, endMs - clock.monotonicMs()), () => this.#endWaits());
    // While the engine can still be told of them.
    await this.#parts.workspaces.close();
    session.leave("close");
    session.close();
    await this.#parts.close();
    limit.cancel();
    this.#events.emit("closed", { worker: session.worker });
  }

  /** Ends the wait of a close that is under way: trials, scripts and downloads are stopped at once. */
  force(): void {
    void this.close({ graceMs: 0, stopGraceMs: 0 });
    this.#parts.desk.stopAll("shutdown", 0);
    this.#endWaits();
  }

  /** Ends executors first: what they do at their end is done in the workspaces. */
  #endWaits(): void {
    this.#parts.pool.force();
    this.#parts.workspaces.force();
  }

  #beginDrain(reason: string): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#parts.session.leave(reason);
    this.#drained(reason);
  }

  #drained(reason: string): void {
    this.#parts.offers.drain(true);
    this.#events.emit("draining", { reason });
  }

  #ready(welcome: WelcomeMessage, url: string): void {
    const { revisions, workspaces, desk } = this.#parts;
    this.#parts.witness(welcome.session, url);
    revisions.resend();
    workspaces.resend();
    desk.holdOutput(true);
    if (!welcome.isResumed) this.#askForMore();
  }

  /** Asks what to load beforehand, where revisions can be fetched at all. */
  #askForMore(): void {
    if (this.#parts.canFetch && !this.#parts.offers.isDraining) this.#parts.session.send({ type: "getDeployInfo" });
  }

  async #preload(revision: string, runtime: Runtime): Promise<void> {
    const { revisions } = this.#parts;
    const isWanted = runtime !== "inline" && this.#config.runtimes.includes(runtime);
    if (!isWanted || this.#parts.offers.isDraining || revisions.list().includes(revision)) return;
    await revisions.prepare(revision);
  }

  #changed(): void {
    for (const check of this.#waiting) check();
  }

  /** Resolves when the condition holds, or the time is up. */
  #until(condition: () => boolean, limitMs?: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer?.cancel();
        this.#waiting.delete(check);
        resolve();
      };
      const check = (): void => {
        if (condition()) end();
      };
      const timer = limitMs === undefined ? undefined : this.#config.seams.clock.setTimer(limitMs, end);
      this.#waiting.add(check);
    });
  }
}
