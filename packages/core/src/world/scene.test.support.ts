import type { ResultMessage, Runtime, TasksetPolicy } from "@capstan/protocol";
import { acceptOffer } from "../dispatch/grant.js";
import { launchTasks, openTaskset, sealTaskset } from "../launch/launch.js";
import type { Offer } from "../state/offer.js";
import type { Task } from "../state/task.js";
import type { Taskset, TasksetFacts } from "../state/taskset.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { acquire } from "../worker/acquire.js";
import { markSeen } from "../worker/join.js";
import { takeReport } from "../worker/report.js";
import type { Mail, Remote } from "./remote.test.support.js";
import { namespace, World, type Launching } from "./world.test.support.js";

export interface WorkerLaunching {
  readonly slots?: number;
  readonly labels?: readonly string[];
  readonly runtimes?: readonly Runtime[];
  readonly revisions?: readonly string[];
  /** Offers it asks for at once; default: as many as it has slots. */
  readonly credits?: number;
}

/** A world that a test directs line by line. */
export class Scene extends World {
  /** A worker that has joined and asked for work. */
  worker(name: string, options: WorkerLaunching = {}): Worker {
    const remote = this.addRemote(name, options);
    remote.runtimes = options.runtimes ?? remote.runtimes;
    remote.revisions = options.revisions ?? remote.revisions;
    this.join(remote);
    const worker = this.state.sessions.get(remote.facts!.session)!;
    this.ask(worker, options.credits ?? worker.slots);
    return worker;
  }

  remote(worker: Worker): Remote {
    return this.remotes.find(({ name }) => name === worker.facts.name)!;
  }

  ask(worker: Worker, credits = 1, revisions: "any" | readonly string[] = "any"): void {
    this.act((state) => acquire(state, worker, { revisions, credits }));
  }

  launch(launching: Launching = {}, taskset: Taskset | null = null): Task {
    const seed = this.seed(launching);
    this.act((state, now) => launchTasks(state, [seed], taskset, now));
    return this.state.tasks.get(seed.id)!;
  }

  open(limits: TasksetPolicy | null = null, more: Partial<Pick<TasksetFacts, "workspace" | "muted">> = {}): Taskset {
    const facts = {
      namespace,
      id: this.nextId("taskset"),
      partition: 0,
      name: null,
      class: "suite",
      profile: "test" as const,
      definition: null,
      revision: null,
      policy: null,
      workspace: null,
      limits,
      muted: null,
      ...more,
      launchedAtMs: this.now.wallMs,
    };
    return this.act((state, now) => openTaskset(state, facts, now));
  }

  /** A sealed taskset of tasks, keyed by their places. */
  taskset(
    launchings: readonly Launching[],
    limits: TasksetPolicy | null = null,
    more: Partial<Pick<TasksetFacts, "workspace" | "muted">> = {},
  ): Taskset {
    const taskset = this.open(limits, more);
    const seeds = launchings.map((launching, at) => this.seed({ profile: "test", key: String(at), ...launching }));
    this.act((state, now) => {
      launchTasks(state, seeds, taskset, now);
      sealTaskset(state, taskset, now);
    });
    return taskset;
  }

  /** Lets turns pass until nothing is left to do, and all of it be committed. */
  run(): void {
    for (let round = 0; round < 20; round += 1) {
      this.turn();
      this.finishCommit();
    }
  }

  /** Time passes; the workers are heard of meanwhile, unless they are silent. */
  later(ms: number, { isSilent = false }: { readonly isSilent?: boolean } = {}): void {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 1_000);
      if (!isSilent) {
        this.act((state, now) => {
          for (const worker of state.workers.values()) if (worker.isConnected) markSeen(state, worker, now);
        });
      }
      this.run();
    }
  }

  offers(worker: Worker): Offer[] {
    return [...worker.offers.values()];
  }

  /** Names of what is offered to the worker, in the order of the offers: keys of tasks, or their ids. */
  offered(worker: Worker): string[] {
    return this.offers(worker).map(({ task }) => task.key ?? task.id);
  }

  offerOf(task: Task): Offer {
    const offer = task.offer;
    if (offer === null) throw new Error(`${task.id} is not offered but ${task.status}`);
    return offer;
  }

  /** The worker accepts its offer of the task; gives the trial, or undefined when it was halted. */
  accept(task: Task): Trial | undefined {
    const offer = this.offerOf(task);
    this.act((state, now) => acceptOffer(state, offer.worker, offer.number, now));
    return task.trials.at(-1);
  }

  /** Launches a task and has it granted to the first worker that is offered it. */
  granted(launching: Launching = {}, taskset: Taskset | null = null): Trial {
    const task = this.launch(launching, taskset);
    this.run();
    const trial = this.accept(task);
    if (trial === undefined) throw new Error(`${task.id} was not granted`);
    this.run();
    return trial;
  }

  /** The worker reports on the trial. */
  report(trial: Trial, status: ResultMessage["status"] | "stopped", facts: Partial<ResultMessage> = {}): void {
    const { hasBegun = true } = facts;
    const base = { trial: trial.id, token: "", timings: { durationMs: 5 }, hasBegun } as const;
    const report =
      status === "stopped"
        ? ({ type: "stopped", ...base } as const)
        : ({ type: "result", status, ...base, ...facts } as const);
    this.act((state, now) => takeReport(state, trial.worker, { report, token: trial.token }, now));
    this.run();
  }

  /** What was sent to the worker since the last look. */
  mail(worker: Worker): Mail[] {
    return this.remote(worker).inbox.splice(0);
  }

  mailTypes(worker: Worker): string[] {
    return this.mail(worker).map(({ type }) => type);
  }
}
