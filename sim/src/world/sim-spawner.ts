import {
  LeaseGuard,
  type GroupListener,
  type ProcessGroup,
  type SpawnOrder,
  type Standing,
  type WorkerSpawner,
} from "@capstan/worker";
import type { SeededRandom } from "@capstan/testkit";
import type { Ledger } from "../check/ledger.js";
import type { Lifetime } from "./lifetime.js";
import type { Network } from "./network.js";
import { SimProcess } from "./sim-process.js";

export interface SimSpawnerOptions {
  readonly machine: string;
  /** Of the spawner's own process, which the worker's death leaves behind. */
  readonly life: Lifetime;
  /** Of the worker's process. */
  readonly worker: Lifetime;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly ledger: Ledger;
}

/** The parent of a worker's processes: it ends those whose lease runs out, and tells the engine when the worker dies. */
export class SimSpawner implements WorkerSpawner {
  readonly ready = Promise.resolve();
  readonly #options: SimSpawnerOptions;
  readonly #processes = new Map<string, SimProcess>();
  readonly #trials = new Set<string>();
  readonly #guard: LeaseGuard;
  #standing: Standing | undefined;

  constructor(options: SimSpawnerOptions) {
    this.#options = options;
    this.#guard = new LeaseGuard({ clock: options.life.clock, overdue: (trials) => this.#cutOff(trials) });
  }

  spawn(order: SpawnOrder, listener: GroupListener): ProcessGroup {
    const { machine, life, worker, random, ledger, network } = this.#options;
    const process = new SimProcess(order, listener, {
      machine,
      clock: life.clock,
      random,
      ledger,
      nowMs: () => network.clock.monotonicMs(),
      tell: (what) => worker.defer(what),
      over: ({ trial }) => this.#forget(trial),
    });
    this.#processes.set(process.trial, process);
    if (order.guard !== undefined) this.#guard.watch(order.guard.trial, order.guard.lease);
    return process;
  }

  standing(standing: Standing | undefined): void {
    this.#standing = standing;
  }

  trialStarted(trial: string): void {
    this.#trials.add(trial);
  }

  trialEnded(trial: string): void {
    this.#trials.delete(trial);
  }

  renew(sentAt: Parameters<WorkerSpawner["renew"]>[0]): void {
    this.#guard.renew(sentAt);
  }

  async close(): Promise<void> {
    this.killAll();
  }

  killAll(): void {
    this.#guard.close();
    for (const process of this.#processes.values()) process.perish({ isCutOff: false });
  }

  /** The worker's process is gone: what it had started is ended, and then the engine is told. */
  workerDied(): void {
    const { life, random } = this.#options;
    life.clock.setTimer(random.int(1, 20), () => {
      this.killAll();
      if (this.#standing !== undefined) void this.#report(this.#standing, 0);
      else life.end();
    });
  }

  async #report({ url, session, secret }: Standing, tries: number): Promise<void> {
    const { life, machine, network } = this.#options;
    try {
      const connection = await network.transport(`${machine}'s spawner`, life).connect(url, {});
      connection.send(JSON.stringify([{ type: "workerDied", session, secret, trials: [...this.#trials] }]));
      connection.onClose = () => life.end();
    } catch {
      if (tries < 5) life.clock.setTimer(500, () => void this.#report({ url, session, secret }, tries + 1));
      else life.end();
    }
  }

  #cutOff(trials: readonly string[]): void {
    for (const trial of trials) this.#processes.get(trial)?.perish({ isCutOff: true });
  }

  #forget(trial: string): void {
    this.#processes.delete(trial);
    this.#guard.forget(trial);
  }
}
