import { checkNoLeaks, explain, type EngineState } from "@capstan/core";
import { defaultNamespace } from "@capstan/protocol";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { checkDisk } from "./check/disk-check.js";
import { checkEnd } from "./check/end-check.js";
import { Evidence } from "./check/evidence.js";
import { Ledger } from "./check/ledger.js";
import { RateCheck } from "./check/rate-check.js";
import { Faults } from "./fault/faults.js";
import { User } from "./load/user.js";
import { hourMs, makeScenario, Tides, type Scenario } from "./scenario.js";
import { EngineHost } from "./world/engine-host.js";
import { Liar } from "./world/liar.js";
import { Machine } from "./world/machine.js";
import { Network } from "./world/network.js";
import { Turns } from "./world/turns.js";

export interface SimulationOptions {
  readonly seed: number | string;
  /** How long there is work and trouble, in virtual ms. Default one hour. */
  readonly durationMs?: number;
  /** Acts and faults after which there are no more: the shortest prefix of a failure is found by it. Default: no limit. */
  readonly stepsMax?: number;
  /** Is told of every frame that contains this text, and every row: for looking at a failure. */
  readonly trace?: { readonly about: string; readonly tell: (line: string) => void } | undefined;
  /** The engine's books are recounted after so many events. Default 20. */
  readonly checkEvery?: number;
}

export interface SimulationReport {
  readonly seed: number | string;
  /** Equal for equal runs. */
  readonly digest: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly steps: number;
  readonly frames: number;
  readonly commits: number;
  readonly tasks: number;
  readonly executions: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly refusals: ReadonlyMap<string, number>;
}

/** Faults off, every task must have its verdict within this virtual time. */
const settleMsMax = 2 * hourMs;
const diskCheckEvery = 40;
const tasksLeast = 500;
const faultsLeast = 20;

/** Of tasks, wherever they are kept. */
function unfinished({ counts }: EngineState): number {
  return counts.waiting + counts.queued + counts.running;
}

/** Runs one simulation. @throws Error what did not hold, as soon as it is seen; `stepsOf` tells how far it came. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  try {
    await simulation.run();
    return simulation.report();
  } catch (error) {
    steps.set(error as Error, simulation.steps);
    throw error;
  } finally {
    simulation.close();
  }
}

const steps = new WeakMap<Error, number>();

/** Acts and faults before the failure was seen. */
export function stepsOf(error: Error): number {
  return steps.get(error) ?? 0;
}

class Simulation {
  readonly #options: Required<Omit<SimulationOptions, "trace">> & Pick<SimulationOptions, "trace">;
  readonly #random: SeededRandom;
  readonly #scenario: Scenario;
  readonly #tides: Tides;
  readonly #clock = new VirtualClock({ settle: new Turns().pass });
  readonly #evidence = new Evidence();
  readonly #ledger: Ledger;
  readonly #rates = new RateCheck();
  readonly #network: Network;
  readonly #host: EngineHost;
  readonly #user: User;
  readonly #machines: readonly Machine[];
  readonly #liar: Liar | undefined;
  readonly #faults: Faults;
  readonly #fail = (error: Error): void => void (this.#error ??= error);
  steps = 0;
  #events = 0;
  #checksDue = 0;
  #error: Error | undefined;

  constructor(options: SimulationOptions) {
    this.#options = { durationMs: hourMs, stepsMax: Infinity, checkEvery: 20, ...options };
    const random = new SeededRandom(options.seed);
    this.#random = random;
    this.#scenario = makeScenario(random.fork("scenario"));
    this.#tides = new Tides(random.fork("tides"));
    this.#ledger = new Ledger(this.#fail);
    const { pace, config, hasLiar } = this.#scenario;
    const clock = this.#clock;
    const shared = { clock, failed: this.#fail };
    const evidence = this.#evidence;
    if (options.trace !== undefined)
      evidence.wrote = (engine, batch) => this.#trace("written by", `engine ${engine}`, JSON.stringify(batch));
    this.#network = this.#makeNetwork();
    const network = this.#network;
    this.#host = new EngineHost({ ...shared, random: random.fork("host"), network, config, evidence });
    const host = this.#host;
    this.#user = new User({ host, evidence, random: random.fork("user"), pace });
    this.#machines = this.#makeMachines();
    this.#liar = hasLiar ? this.#makeLiar() : undefined;
    const machines = this.#machines;
    this.#faults = new Faults({ ...shared, random: random.fork("faults"), network, host, machines, pace });
  }

  #makeNetwork(): Network {
    return new Network(this.#clock, this.#random.fork("network"), {
      said: (machine, text) => {
        this.#trace("said to", machine, text);
        try {
          this.#evidence.said(text);
        } catch (error) {
          this.#fail(error as Error);
        }
        if (machine !== "liar") this.#liar?.overhear(text);
      },
      arrived: (direction, machine, text) => {
        if (direction === "to engine") this.#trace("heard from", machine, text);
        this.#evidence.arrived(this.#clock.monotonicMs(), direction, { machine, text });
      },
    });
  }

  #trace(what: string, whom: string, text: string): void {
    const { trace } = this.#options;
    if (trace === undefined || !text.includes(trace.about)) return;
    trace.tell(`${(this.#clock.monotonicMs() / 1_000).toFixed(4)} ${what} ${whom}: ${text}`);
  }

  #makeMachines(): Machine[] {
    const shared = { clock: this.#clock, network: this.#network, host: this.#host, ledger: this.#ledger };
    return this.#scenario.machines.map(({ version, ...plan }, at) => {
      return new Machine({ ...shared, ...plan, random: this.#random.fork(`m${at}`) }, version);
    });
  }

  #makeLiar(): Liar {
    const revisions = (): string[] =>
      (this.#host.operations?.listPlugins(defaultNamespace) ?? [])
        .filter(({ name }) => name === "sim")
        .flatMap((plugin) => plugin.revisions.map(({ id }) => id));
    const shared = { clock: this.#clock, network: this.#network, ledger: this.#ledger };
    return new Liar({ ...shared, random: this.#random.fork("liar"), revisions });
  }

  async run(): Promise<void> {
    await this.#host.start();
    for (const machine of this.#machines) machine.start();
    this.#liar?.start();
    this.#repeat(
      (nowMs) => this.#tides.nextActMs(nowMs),
      () => this.#user.act(this.#fail),
    );
    this.#repeat(
      (nowMs) => this.#tides.nextFaultMs(nowMs),
      () => this.#faults.strike(),
    );
    await this.#until(() => this.#isOver, Number.POSITIVE_INFINITY);
    this.#mend();
    await this.#settle();
    checkNoLeaks(this.#host.engine!.loop.state);
    await checkDisk(this.#host.engine!.loop.state, this.#host.store!.store);
    const { acknowledged, tasksets } = this.#user;
    const { evidence, ledger, operations } = this.#checks();
    await checkEnd({ acknowledged, tasksets, operations, evidence, ledger });
  }

  #checks() {
    return { evidence: this.#evidence, ledger: this.#ledger, operations: this.#host.operations! };
  }

  /** A whole hour has so many tasks and faults at least, or goes on until it has. */
  get #isOver(): boolean {
    const { durationMs, stepsMax } = this.#options;
    if (this.steps >= stepsMax) return true;
    if (this.#clock.monotonicMs() < durationMs) return false;
    return durationMs < hourMs || (this.#evidence.tasks >= tasksLeast && this.#faults.total >= faultsLeast);
  }

  /** Does something again and again until the steps or the time are used up. */
  #repeat(nextMs: (nowMs: number) => number, what: () => void): void {
    const next = (): void => {
      const nowMs = this.#clock.monotonicMs();
      this.#clock.setTimer(nextMs(nowMs), () => {
        if (this.#isOver) return;
        this.steps += 1;
        what();
        next();
      });
    };
    next();
  }

  /** Faults off, and a machine for each version: every task can run. */
  #mend(): void {
    this.#liar?.end();
    for (const [at, machine] of this.#machines.entries()) {
      const version = String(1 + (at % 2));
      if (machine.version !== version) machine.crash(false);
      machine.version = version;
    }
    this.#faults.end();
  }

  /** Lets time pass, event by event, and checks as it goes. */
  async #until(isDone: () => boolean, untilMs: number): Promise<void> {
    await this.#clock.advance(0);
    while (!isDone() && this.#clock.monotonicMs() < untilMs) {
      await this.#clock.step(Math.min(untilMs, this.#clock.monotonicMs() + 1_000_000));
      this.#events += 1;
      if (this.#error !== undefined) throw this.#error;
      if (this.#host.engine !== undefined) this.#rates.check(this.#host.engine.loop.state);
      if (this.#events % this.#options.checkEvery === 0) await this.#check();
    }
  }

  async #check(): Promise<void> {
    this.#host.check();
    this.#checksDue += 1;
    const { engine, store } = this.#host;
    if (this.#checksDue < diskCheckEvery || engine?.loop.isSettled !== true || this.#host.isFrozen) return;
    this.#checksDue = 0;
    await checkDisk(engine.loop.state, store!.inner);
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
      if (!this.#host.isUp) await this.#host.start();
      await this.#until(() => this.#host.isUp, endMs);
      void this.#user.letGo().catch(() => {});
      await this.#until(() => false, this.#clock.monotonicMs() + 60_000);
    }
    await this.#until(() => false, this.#clock.monotonicMs() + 400_000);
  }

  #unfinished(): string {
    const { engine } = this.#host;
    if (engine === undefined) return "the engine is down";
    const { state } = engine.loop;
    const now = engine.loop.now();
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

  report(): SimulationReport {
    return {
      seed: this.#options.seed,
      digest: this.#evidence.digest,
      virtualMs: this.#clock.monotonicMs(),
      events: this.#events,
      steps: this.steps,
      frames: this.#evidence.frames,
      commits: this.#evidence.commits,
      tasks: this.#evidence.tasks,
      executions: this.#ledger.count,
      faults: this.#faults.counts,
      refusals: this.#user.refusals,
    };
  }

  close(): void {
    for (const machine of this.#machines) machine.life.end();
    this.#host.close();
  }
}
