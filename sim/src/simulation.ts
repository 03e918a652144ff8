import { mkdtempSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNoLeaks, explain, type EngineState } from "@capstan/core";
import { defaultNamespace } from "@capstan/protocol";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { EngineHost } from "./engine-host.js";
import { Evidence } from "./evidence.js";
import { Faults } from "./fault.js";
import { Ledger } from "./ledger.js";
import { Machine } from "./machine.js";
import { Network } from "./network.js";
import { User } from "./user.js";

export interface SimulationOptions {
  readonly seed: number | string;
  /** How long there is work and trouble, in virtual ms. Default 10 minutes. */
  readonly durationMs?: number;
}

export interface SimulationReport {
  readonly seed: number | string;
  /** Equal for equal runs. */
  readonly digest: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly frames: number;
  readonly commits: number;
  readonly tasks: number;
  readonly executions: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly refusals: ReadonlyMap<string, number>;
}

/** Faults off, every task must have its verdict within this virtual time. */
const settleMsMax = 2 * 3_600_000;
const checkEvery = 20;

/** Of tasks, wherever they are kept. */
function unfinished({ counts }: EngineState): number {
  return counts.waiting + counts.queued + counts.running;
}

/** Runs one simulation. @throws Error what did not hold, as soon as it is seen. */
export async function simulate({ seed, durationMs = 600_000 }: SimulationOptions): Promise<SimulationReport> {
  const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = mkdtempSync(join(base, "capstan-sim-"));
  const simulation = new Simulation(seed, folder);
  try {
    await simulation.run(durationMs);
    return simulation.report();
  } finally {
    await simulation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Simulation {
  readonly #seed: number | string;
  readonly #random: SeededRandom;
  readonly #clock = new VirtualClock();
  readonly #evidence = new Evidence();
  readonly #ledger = new Ledger();
  readonly #host: EngineHost;
  readonly #user: User;
  readonly #machines: Machine[];
  readonly #faults: Faults;
  #events = 0;
  #error: Error | undefined;

  constructor(seed: number | string, folder: string) {
    this.#seed = seed;
    const random = new SeededRandom(seed);
    this.#random = random;
    const clock = this.#clock;
    const failed = (error: Error): void => void (this.#error ??= error);
    const network = new Network(clock, random.fork("network"), (direction, machine, text) =>
      this.#evidence.frame(clock.monotonicMs(), { direction, machine, text }),
    );
    const committed = this.#evidence.committed.bind(this.#evidence);
    this.#host = new EngineHost({ folder, clock, random: random.fork("host"), network, committed, failed });
    this.#user = new User(this.#host, random.fork("user"));
    this.#machines = Array.from({ length: random.int(2, 4) }, (_, at) => {
      const shared = { clock, network, host: this.#host, ledger: this.#ledger };
      const slots = random.int(1, 4);
      return new Machine({
        name: `m${at + 1}`,
        slots,
        version: String(1 + (at % 2)),
        random: random.fork(`m${at}`),
        ...shared,
      });
    });
    this.#faults = new Faults({
      clock,
      random: random.fork("faults"),
      network,
      host: this.#host,
      machines: this.#machines,
      failed,
    });
  }

  async run(durationMs: number): Promise<void> {
    await this.#host.start();
    for (const machine of this.#machines) machine.start();
    this.#repeat([50, 4_000], durationMs, () => this.#user.act((error) => void (this.#error ??= error)));
    this.#repeat([1_000, 40_000], durationMs, () => this.#faults.strike());
    await this.#until(() => false, durationMs);
    this.#faults.end();
    await this.#settle();
    await this.#checkEnd();
  }

  /** Does something again and again, at random distances, until the time is up. */
  #repeat([least, most]: readonly [number, number], untilMs: number, what: () => void): void {
    const random = this.#random.fork(`every ${least}`);
    const next = (): void => {
      this.#clock.setTimer(random.int(least, most), () => {
        if (this.#clock.monotonicMs() >= untilMs) return;
        what();
        next();
      });
    };
    next();
  }

  /** Lets time pass, event by event, and checks as it goes. */
  async #until(isDone: () => boolean, untilMs: number): Promise<void> {
    while (!isDone() && this.#clock.monotonicMs() < untilMs) {
      const nextMs = this.#clock.nextTimerMs ?? untilMs;
      await this.#clock.advance(Math.min(nextMs, untilMs - this.#clock.monotonicMs()));
      this.#events += 1;
      if (this.#error !== undefined) throw this.#error;
      if (this.#events % checkEvery === 0) this.#host.check();
    }
  }

  get #isIdle(): boolean {
    const state = this.#host.engine?.loop.state;
    return state !== undefined && unfinished(state) + state.tasksets.size + state.trials.size === 0;
  }

  async #settle(): Promise<void> {
    const endMs = this.#clock.monotonicMs() + settleMsMax;
    // Advice, rests and quarantines have their time too.
    for (let round = 0; round < 2 || !this.#isIdle; round += 1) {
      if (this.#clock.monotonicMs() >= endMs) throw new Error(`not settled: ${this.#unfinished()}`);
      await this.#until(() => this.#host.isUp, endMs);
      void this.#user.letGo().catch(() => {});
      await this.#until(() => false, this.#clock.monotonicMs() + 60_000);
    }
    await this.#until(() => false, this.#clock.monotonicMs() + 400_000);
  }

  #unfinished(): string {
    const state = this.#host.engine?.loop.state;
    if (state === undefined) return "the engine is down";
    const now = this.#host.engine!.loop.now();
    const tasks = [...state.tasks.values()].map((task) => {
      const why = explain(state, task, now)?.code ?? "";
      return `${task.id} ${task.status} ${why} with ${task.trials.length} trials`;
    });
    const tasksets = [...state.tasksets.values()].map(
      ({ id, status, counts }) => `${id} ${status} ${JSON.stringify(counts)}`,
    );
    const workers = this.#machines.map(({ name, worker }) => `${name} ${JSON.stringify(worker?.status())}`);
    return [...tasks.slice(0, 5), ...tasksets.slice(0, 5), ...workers].join("; ");
  }

  async #checkEnd(): Promise<void> {
    checkNoLeaks(this.#host.engine!.loop.state);
    const operations = this.#host.operations!;
    for (const { task, policy } of this.#user.acknowledged) {
      const view = await operations.getTask(defaultNamespace, task);
      const executions = this.#ledger.of(task);
      const seen = executions.map((each) => `${each.trial} ${each.outcome}`).join(", ");
      if (view.endedAtMs === undefined) throw new Error(`${task} was acknowledged and is ${view.status}`);
      if (
        view.status === "succeeded" &&
        !executions.some(({ outcome, round }) => outcome === "ok" && round === view.round) &&
        !seen.includes("stubborn")
      )
        throw new Error(`${task} succeeded, and its code says ${seen}`);
      const versions = new Set(executions.map(({ revision }) => revision));
      if (versions.size > 1) throw new Error(`${task} ran on ${versions.size} revisions`);
      this.#checkOnce(task, policy.safeToRerun === false && policy.maxTrials === 1, seen);
    }
  }

  /** What is not safe to rerun and has one trial ran at most once a round. */
  #checkOnce(task: string, isOnce: boolean, seen: string): void {
    if (!isOnce) return;
    const rounds = this.#ledger.of(task).map(({ round }) => round);
    if (new Set(rounds).size !== rounds.length) throw new Error(`${task} may run once, and its code says ${seen}`);
  }

  report(): SimulationReport {
    return {
      seed: this.#seed,
      digest: this.#evidence.digest,
      virtualMs: this.#clock.monotonicMs(),
      events: this.#events,
      frames: this.#evidence.frames,
      commits: this.#evidence.commits,
      tasks: this.#user.acknowledged.length,
      executions: this.#ledger.executions.length,
      faults: this.#faults.counts,
      refusals: this.#user.refusals,
    };
  }

  async close(): Promise<void> {
    for (const machine of this.#machines) machine.life.end();
    await this.#host.close();
  }
}
