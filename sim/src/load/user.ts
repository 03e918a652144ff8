import { CapstanError, defaultNamespace, type Policy, type TaskLaunch, type TasksetPolicy } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { Evidence } from "../check/evidence.js";
import type { EngineHost } from "../world/engine-host.js";
import { simCommand } from "../world/sim-process.js";
import type { SimInput, SimOutcome } from "./sim-plugin.js";

/** A task whose launch was acknowledged. */
export interface Acknowledged {
  readonly task: string;
  readonly policy: Policy;
}

type SimLaunch = TaskLaunch & { readonly policy: Policy };

export interface UserOptions {
  readonly host: EngineHost;
  readonly evidence: Evidence;
  readonly random: SeededRandom;
  /** How much slower than usual leases and heartbeats are. */
  readonly pace: number;
}

const plans: readonly (readonly SimOutcome[])[] = [
  ["ok"],
  ["ok"],
  ["ok"],
  ["fail", "ok"],
  ["fail"],
  ["skip"],
  ["final"],
  ["hang"],
  ["crash", "ok"],
];
const safePolicies: readonly Policy[] = [
  {},
  {},
  { concurrency: { key: "hot", limit: 1 } },
  { concurrency: { key: "warm", limit: 3 }, priority: 8 },
  { rate: { key: "slow", limit: 3, perMs: 1_000 } },
  { maxTrials: 1, maxLosses: 1 },
  { speculation: true },
];
const unsafePolicies: readonly Policy[] = [
  { safeToRerun: false },
  { safeToRerun: false, maxTrials: 1 },
  { safeToRerun: false, concurrency: { key: "hot", limit: 1 } },
];
const limits: readonly TasksetPolicy[] = [
  {},
  {},
  { maxSlots: 2 },
  { maxWorkers: 1 },
  { maxFailures: 2 },
  { weight: 5 },
];

/** Somebody who launches work and meddles with it; what an engine acknowledged to them must come true. */
export class User {
  readonly acknowledged: Acknowledged[] = [];
  readonly tasksets: string[] = [];
  /** Keys under which a launch was tried, until it is known to be there. */
  readonly #unsure = new Map<string, SimLaunch>();
  readonly #random: SeededRandom;
  readonly #host: EngineHost;
  readonly #evidence: Evidence;
  readonly #pace: number;
  #keys = 0;
  readonly refusals = new Map<string, number>();

  constructor({ host, evidence, random, pace }: UserOptions) {
    this.#host = host;
    this.#evidence = evidence;
    this.#random = random;
    this.#pace = pace;
  }

  /** Does something; what fails with a code of the API is a refusal, anything else a fault. */
  act(failed: (error: Error) => void): void {
    if (!this.#host.isUp) return;
    this.#actOnce().catch((error: unknown) => {
      if (!(error instanceof CapstanError) || error.code === "internal") return failed(error as Error);
      this.refusals.set(error.code, (this.refusals.get(error.code) ?? 0) + 1);
    });
  }

  async #actOnce(): Promise<void> {
    const draw = this.#random.fraction();
    if (draw < 0.45) return this.#launch();
    if (draw < 0.55) return this.#launchMany();
    if (draw < 0.65) return this.#launchTaskset();
    if (draw < 0.7) return this.#stream();
    if (draw < 0.78) return this.#cancel();
    if (draw < 0.86) return this.#meddle();
    if (draw < 0.92) return this.#rerun();
    return this.#manage();
  }

  get #operations() {
    const { operations } = this.#host;
    if (operations === undefined) throw new CapstanError("unreachable", "the engine is away");
    return operations;
  }

  #task(): SimLaunch {
    const random = this.#random;
    const isSafe = random.chance(0.75);
    const plan = isSafe && random.chance(0.05) ? (["stubborn"] as const) : random.pick(plans);
    const ms = random.chance(0.1) ? random.int(1_000, 15_000) : random.int(1, 900);
    const isLong = plan.includes("hang") || plan.includes("stubborn");
    const policy: Policy = {
      ...random.pick(isSafe ? safePolicies : unsafePolicies),
      ...(isLong ? { timeoutMs: 2_000, stopGraceMs: 1_000 } : {}),
      leaseMs: (random.chance(0.1) ? 30_000 : 10_000) * this.#pace,
      backoff: { initialMs: 200, maxMs: 2_000 },
    };
    const input: SimInput = { ms, isSafe, plan };
    const isCommand = random.chance(0.25);
    return {
      ...(isCommand
        ? { definition: "command/run", input: { command: simCommand(input) } }
        : { definition: "sim/work", input }),
      policy,
      ...(random.chance(0.1) ? { delayMs: random.int(1, 5_000) } : {}),
      ...(random.chance(0.3) ? { profile: "test" as const, estimateMs: ms } : {}),
    };
  }

  async #launch(): Promise<void> {
    const [again] = this.#unsure;
    if (again !== undefined) return this.#launchKeyed(...again);
    const launch = this.#task();
    if (this.#random.chance(0.5)) return this.#launchKeyed(`key ${(this.#keys += 1)}`, launch);
    const { task } = await this.#operations.launchTask(defaultNamespace, launch);
    this.#note(task, launch);
  }

  /** Tried again until it is acknowledged, as a careful client does. */
  async #launchKeyed(key: string, launch: SimLaunch): Promise<void> {
    this.#unsure.set(key, launch);
    const { task } = await this.#operations.launchTask(defaultNamespace, { ...launch, idempotencyKey: key });
    this.#unsure.delete(key);
    this.#note(task, launch);
  }

  async #launchMany(): Promise<void> {
    const launches = Array.from({ length: this.#random.int(2, 20) }, () => this.#task());
    const { tasks } = await this.#operations.launchTasks(defaultNamespace, { tasks: launches });
    for (const [at, { task }] of tasks.entries()) this.#note(task, launches[at]!);
  }

  #members(): SimLaunch[] {
    return Array.from({ length: this.#random.int(1, 15) }, () => this.#task());
  }

  async #launchTaskset(): Promise<void> {
    const header = { profile: "test" as const, class: "suite", limits: this.#random.pick(limits) };
    const launch = { ...header, idempotencyKey: `set ${(this.#keys += 1)}`, tasks: this.#members() };
    const { taskset } = await this.#operations.launchTaskset(defaultNamespace, launch);
    this.tasksets.push(taskset);
  }

  async #stream(): Promise<void> {
    const stream = await this.#operations.openTaskset(defaultNamespace, { limits: this.#random.pick(limits) });
    for (let part = this.#random.int(0, 3); part > 0; part -= 1) {
      await stream.push(this.#members().map((task) => ({ ...task, key: `${part} ${(this.#keys += 1)}` })));
    }
    if (this.#random.chance(0.3)) return stream.discard();
    await stream.seal();
    this.tasksets.push(stream.taskset);
  }

  #note(task: string, { policy }: SimLaunch): void {
    this.#evidence.acknowledged(task);
    this.acknowledged.push({ task, policy });
  }

  async #cancel(): Promise<void> {
    if (this.acknowledged.length === 0) return;
    await this.#operations.cancelTask(defaultNamespace, this.#recent(this.acknowledged).task);
  }

  #recent<T>(list: readonly T[]): T {
    return this.#random.pick(list.slice(-20));
  }

  async #meddle(): Promise<void> {
    if (this.tasksets.length === 0) return;
    const taskset = this.#recent(this.tasksets);
    const draw = this.#random.fraction();
    if (draw < 0.4) await this.#operations.pauseTaskset(defaultNamespace, taskset, { stop: this.#random.chance(0.5) });
    else if (draw < 0.85) await this.#operations.resumeTaskset(defaultNamespace, taskset);
    else await this.#operations.cancelTaskset(defaultNamespace, taskset);
  }

  async #rerun(): Promise<void> {
    const force = this.#random.chance(0.5);
    if (this.tasksets.length > 0 && this.#random.chance(0.5)) {
      const what = this.#random.chance(0.5) ? "all" : "unsuccessful";
      await this.#operations.rerunTaskset(defaultNamespace, this.#recent(this.tasksets), { what, force });
      return;
    }
    if (this.acknowledged.length === 0) return;
    const { task } = this.#recent(this.acknowledged);
    await this.#operations.rerunTask(defaultNamespace, task, { force });
  }

  async #manage(): Promise<void> {
    const workers = this.#operations.listWorkers(defaultNamespace);
    if (workers.length === 0) return;
    const { id } = this.#random.pick(workers);
    const draw = this.#random.fraction();
    if (draw < 0.5) await this.#operations.drainWorker(defaultNamespace, id, this.#random.chance(0.4));
    else if (draw < 0.7) {
      const request = { scope: "plugin" as const, name: "sim", reason: "test", forMs: 5_000 };
      await this.#operations.quarantineWorker(defaultNamespace, id, request);
    } else {
      const [plugin] = this.#operations.listPlugins(defaultNamespace);
      const revision = plugin === undefined ? undefined : this.#random.pick(plugin.revisions);
      if (revision !== undefined) await this.#operations.switchDefault(defaultNamespace, plugin!.name, revision.id);
    }
  }

  /** Lets everything go on that was held up by hand. Says whether there is nothing more of that. */
  async letGo(): Promise<void> {
    const operations = this.#operations;
    for (const { id } of operations.listWorkers(defaultNamespace))
      await operations.drainWorker(defaultNamespace, id, false);
    const { items } = await operations.listTasksets(defaultNamespace, { status: "paused", limit: 100 });
    for (const { id } of items) await operations.resumeTaskset(defaultNamespace, id).catch(() => {});
    for (const [key, launch] of this.#unsure) await this.#launchKeyed(key, launch);
  }
}
