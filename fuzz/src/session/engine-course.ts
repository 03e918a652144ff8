import {
  CapstanError,
  commandPlugin,
  defaultNamespace,
  revisionIdOf,
  WorkerMessage,
  type TaskLaunch,
} from "@capstan/protocol";
import { digestOf } from "@capstan/worker";
import { canonicalJson } from "@capstan/protocol";
import type { EngineStage } from "./engine-stage.js";
import { LyingWorker } from "./lying-worker.js";
import { MessagePool } from "./message-pool.js";
import type { Tape } from "./tape.js";

const namespace = defaultNamespace;
const workers = 3;
const tasksMax = 40;
const commandRevision = revisionIdOf(digestOf(Buffer.from(canonicalJson(commandPlugin))));
const pool = new MessagePool(WorkerMessage);

const policies: readonly TaskLaunch["policy"][] = [
  undefined,
  { safeToRerun: false, maxTrials: 1 },
  { concurrency: { key: "one" }, maxTrials: 2 },
  { rate: { key: "slow", limit: 1, perMs: 1_000 } },
  { expiresMs: 500, priority: 9 },
  { leaseMs: 1_000, timeoutMs: 100, backoff: { initialMs: 10 } },
  { speculation: true, maxLosses: 0 },
  { labels: ["gpu"] },
];

/** What can happen; a byte of a tape stands for each, and for each with rest after it. */
export const engineActs = [
  "join",
  "launch",
  "acquire",
  "accept",
  "report",
  "launchTaskset",
  "advance",
  "decline",
  "log",
  "heartbeat",
  "stopped",
  "revision",
  "repeat",
  "any",
  "garbage",
  "user",
  "die",
  "cut",
  "leave",
  "getDeployInfo",
  "anyTwo",
] as const;
export type EngineAct = (typeof engineActs)[number];

/** Plays a tape to an engine: workers that tell the truth, lie, repeat and go away, and users who change their minds. */
export class EngineCourse {
  readonly #stage: EngineStage;
  readonly #tape: Tape;
  readonly #workers = Array.from({ length: workers }, () => new LyingWorker());
  readonly #tasks: string[] = [];
  readonly #tasksets: string[] = [];
  readonly #steps: Readonly<Record<EngineAct, () => Promise<void> | void>>;

  constructor(stage: EngineStage, tape: Tape) {
    this.#stage = stage;
    this.#tape = tape;
    this.#steps = this.#makeSteps();
  }

  async play(stepsMax: number): Promise<void> {
    for (let step = 0; step < stepsMax && !this.#tape.isOver; step += 1) {
      const act = this.#tape.byte();
      await this.#steps[engineActs[act % engineActs.length]!]();
      // Sometimes several frames come in one turn.
      if (act < engineActs.length) continue;
      await this.#stage.settle();
      this.#stage.check();
    }
    for (const worker of this.#workers) worker.cut();
    await this.#stage.settle();
    this.#stage.check();
  }

  get #worker(): LyingWorker {
    return this.#tape.pick(this.#workers)!;
  }

  #makeSteps(): Readonly<Record<EngineAct, () => Promise<void> | void>> {
    return {
      join: () => this.#join(),
      launch: () => this.#launch(),
      acquire: () => this.#acquire(),
      accept: () => this.#accept(),
      report: () => this.#report(),
      launchTaskset: () => this.#launchTaskset(),
      advance: () => this.#stage.clock.advance(this.#tape.byte() * (this.#tape.byte() < 200 ? 10 : 100)),
      decline: () => this.#decline(),
      log: () => this.#log(),
      heartbeat: () => this.#heartbeat(),
      stopped: () => this.#stopped(),
      revision: () => this.#revision(),
      repeat: () => this.#worker.repeat(),
      any: () => this.#worker.say(pool.pick(this.#tape)),
      garbage: () => this.#worker.sayText(this.#tape.bytes(this.#tape.byte() % 24)),
      user: () => this.#user(),
      die: () => this.#die(),
      cut: () => this.#worker.cut(),
      leave: () => this.#worker.say({ type: "leave" }),
      getDeployInfo: () => this.#worker.say({ type: "getDeployInfo" }),
      anyTwo: () => this.#worker.say(pool.pick(this.#tape), pool.pick(this.#tape)),
    };
  }

  #acquire(): void {
    const worker = this.#worker;
    const revisions = this.#tape.byte() < 200 ? "any" : [commandRevision];
    worker.say({ type: "acquire", revisions, credits: this.#tape.byte() % 5 });
  }

  async #join(): Promise<void> {
    const worker = this.#worker;
    worker.attach(await this.#stage.connect());
    const how = this.#tape.byte();
    const held = worker.grants.slice(-(how % 4)).map(({ trial, task, token, revision }) => ({
      trial: how % 16 === 15 ? `${trial}9` : trial,
      task,
      token: how % 32 === 31 ? `${token}x` : token,
      revision,
      state: how % 2 === 0 ? "running" : "ended",
    }));
    worker.say({
      type: "hello",
      protocol: how === 255 ? 2 : 1,
      name: `worker-${this.#workers.indexOf(worker)}`,
      labels: how % 8 === 7 ? ["gpu"] : [],
      slots: 1 + (how % 4),
      runtimes: how % 16 === 14 ? [] : ["command"],
      revisions: how % 4 === 3 ? [commandRevision] : [],
      ...(worker.session === undefined || how % 8 === 6
        ? {}
        : { session: how % 64 === 63 ? { ...worker.session, secret: "x" } : worker.session }),
      trials: held,
    });
  }

  async #launch(): Promise<void> {
    if (this.#tasks.length >= tasksMax) return;
    const how = this.#tape.byte();
    const policy = policies[how % policies.length];
    const launch = {
      definition: "command/run",
      input: { command: "true" },
      ...(policy === undefined ? {} : { policy }),
      ...(how % 16 === 15 ? { delayMs: how } : {}),
      ...(how % 8 === 5 ? { idempotencyKey: `key-${how % 3}` } : {}),
    };
    const { task } = await this.#stage.operations.launchTask(namespace, launch);
    this.#tasks.push(task);
  }

  async #launchTaskset(): Promise<void> {
    if (this.#tasks.length >= tasksMax) return;
    const how = this.#tape.byte();
    const tasks = Array.from({ length: 1 + (how % 5) }, () => ({ input: { command: "true" } }));
    const limits = [{}, { maxSlots: 1 }, { maxWorkers: 1 }, { maxFailures: 1 }][how % 4]!;
    const profile = how % 8 > 3 ? "test" : "job";
    const { taskset } = await this.#stage.operations.launchTaskset(namespace, {
      definition: "command/run",
      class: "c",
      profile,
      limits,
      tasks,
    });
    this.#tasksets.push(taskset);
    for (const { id } of (await this.#stage.operations.listTasks(namespace, { taskset })).items) this.#tasks.push(id);
  }

  #accept(): void {
    const worker = this.#worker;
    const offer = this.#tape.pick(worker.offers.slice(-4));
    worker.say({ type: "accept", offer: offer ?? 1 + this.#tape.byte() });
  }

  #decline(): void {
    const worker = this.#worker;
    const reason = this.#tape.pick(["no-slot", "no-memory", "load-failed", "setup-failed", "draining"] as const)!;
    worker.say({ type: "decline", offer: this.#tape.pick(worker.offers) ?? 7, reason });
  }

  /** Of a grant, its own or another's, with the right token or another. */
  #facts(): { worker: LyingWorker; trial: string; token: string } {
    const worker = this.#worker;
    const how = this.#tape.byte();
    const from = how >= 240 ? this.#worker : worker;
    const grant = this.#tape.pick(from.grants.slice(-5));
    const other = how % 32 === 31 ? this.#tape.pick(from.grants) : grant;
    return { worker, trial: grant?.trial ?? `trial_${"0".repeat(22)}_1`, token: other?.token ?? "1.1.1.none" };
  }

  #report(): void {
    const { worker, trial, token } = this.#facts();
    const how = this.#tape.byte();
    const status = (["succeeded", "succeeded", "failed", "skipped", "error", "timeout"] as const)[how % 6]!;
    worker.say({
      type: "result",
      trial,
      token,
      status,
      timings: { durationMs: how, ...(how % 8 === 7 ? { endedAgoMs: 5 } : {}) },
      hasBegun: how % 16 !== 15,
      wasAlone: how % 4 !== 3,
      ...(how % 3 === 0 ? { output: { how } } : {}),
      ...(status === "failed" ? { error: { message: "it failed", isRetryable: how % 10 !== 2 } } : {}),
    });
  }

  #stopped(): void {
    const { worker, trial, token } = this.#facts();
    worker.say({ type: "stopped", trial, token, timings: { durationMs: 1 }, hasBegun: this.#tape.byte() % 2 === 0 });
  }

  #log(): void {
    const { worker, trial } = this.#facts();
    const how = this.#tape.byte();
    const stream = how % 2 === 0 ? "stdout" : "stderr";
    if (how >= 128) return worker.say({ type: "progress", trial, fraction: how / 255, note: "n" });
    worker.say({ type: "log", trial, stream, sequence: 1 + (how % 5), text: "x".repeat(how) });
  }

  #heartbeat(): void {
    const worker = this.#worker;
    const how = this.#tape.byte();
    const trials = worker.grants.slice(-(how % 5)).map(({ trial }) => trial);
    worker.say({ type: "heartbeat", sequence: how, ...(how % 2 === 0 ? { trials } : {}) });
  }

  #revision(): void {
    const type = this.#tape.pick(["preparing", "prepared", "dropped"] as const)!;
    const revision = this.#tape.byte() < 200 ? commandRevision : `rev_${"0".repeat(26)}`;
    this.#worker.say({ type, revision });
  }

  /** Said over a connection of its own, by the spawner of a worker that died, or by somebody who pretends to be it. */
  async #die(): Promise<void> {
    const dead = this.#worker;
    const { session } = dead;
    if (session === undefined) return;
    const connection = await this.#stage.connect();
    const secret = this.#tape.byte() < 200 ? session.secret : "guessed";
    connection.send(
      JSON.stringify([
        { type: "workerDied", session: session.id, secret, trials: dead.grants.slice(-2).map(({ trial }) => trial) },
      ]),
    );
  }

  async #user(): Promise<void> {
    const { operations } = this.#stage;
    const task = this.#tape.pick(this.#tasks);
    const taskset = this.#tape.pick(this.#tasksets);
    const how = this.#tape.byte();
    const worker = this.#worker.worker;
    const acts = [
      () => task && operations.cancelTask(namespace, task),
      () => task && operations.rerunTask(namespace, task, { force: how % 2 === 0 }),
      () => taskset && operations.cancelTaskset(namespace, taskset),
      () => taskset && operations.pauseTaskset(namespace, taskset, { stop: how % 2 === 0 }),
      () => taskset && operations.resumeTaskset(namespace, taskset),
      () =>
        taskset &&
        operations.rerunTaskset(namespace, taskset, { what: how % 3 === 0 ? "all" : "unsuccessful", force: true }),
      () => worker && operations.drainWorker(namespace, worker, how % 3 !== 0),
      () =>
        worker && operations.quarantineWorker(namespace, worker, { scope: "plugin", name: "command", forMs: how * 10 }),
      () => worker && operations.liftQuarantine(namespace, worker, { scope: "plugin", name: "command" }),
    ];
    try {
      await acts[how % acts.length]!();
    } catch (error) {
      // What does not fit the present state is refused.
      if (!(error instanceof CapstanError) || error.code === "internal") throw error;
    }
  }
}
