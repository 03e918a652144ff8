import type { Policy } from "@capstan/protocol";
import { CapstanError, partitionOf } from "@capstan/protocol";
import { cancelTask, cancelTaskset, pauseTaskset, resumeTaskset } from "../command/cancel.js";
import { declineOffer } from "../dispatch/decline.js";
import { acceptOffer } from "../dispatch/grant.js";
import { lift, quarantine } from "../dispatch/rest.js";
import { discardTaskset, launchTasks, openTaskset, sealTaskset } from "../launch/launch.js";
import { rebuildTaskset } from "../launch/load.js";
import { reopenTasks } from "../launch/reopen.js";
import type { EngineState } from "../state/engine-state.js";
import type { Task } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import { acquire, drainWorker } from "../worker/acquire.js";
import { takeHeartbeat } from "../worker/heartbeat.js";
import { dropConnection, markSeen, rematchWorker, setWorkerStatus } from "../worker/join.js";
import { takeReport } from "../worker/report.js";
import { endWorker, loseWorker } from "../worker/silence.js";
import type { Held, Remote } from "./remote.test.support.js";
import { namespace, World, type Launching } from "./world.test.support.js";

/** Of which a tape launches tasks. */
export const partitions = 3;

/** One step of a tape: which act, and three numbers that say of what. */
export type Step = readonly [act: number, a: number, b: number, c: number];

const policies: readonly (Policy | undefined)[] = [
  undefined,
  undefined,
  { safeToRerun: false },
  { safeToRerun: false, maxTrials: 1 },
  { concurrency: { key: "one", limit: 1 } },
  { concurrency: { key: "one", limit: 1 }, safeToRerun: false },
  { concurrency: { key: "two", limit: 2 }, priority: 7 },
  { concurrency: { key: "two", limit: 3 } },
  { rate: { key: "slow", limit: 2, perMs: 1_000 } },
  { expiresMs: 3_000 },
  { labels: ["gpu"] },
  { priority: 0 },
  { maxTrials: 1, maxLosses: 0 },
  { leaseMs: 60_000 },
  { backoff: { initialMs: 5_000, jitter: 0 } },
  { speculation: true },
];
const limits = [
  null,
  null,
  { maxSlots: 1 },
  { maxWorkers: 1 },
  { maxFailures: 1 },
  { maxRetries: 1 },
  { maxRetryShare: 0.5 },
  { weight: 4, maxSlots: 2 },
] as const;
const results = ["succeeded", "succeeded", "succeeded", "skipped", "failed", "error", "timeout"] as const;

function pick<T>(items: readonly T[], at: number): T {
  return items[at % items.length]!;
}

/** Plays a tape of steps to a world. A step that has nothing to act upon does nothing, so that every tape is a run. */
export class Driver {
  readonly world: World;
  readonly #acts: readonly ((a: number, b: number, c: number) => void)[];
  /** Reports already made, to be made again. */
  readonly #told: { remote: Remote; held: Held }[] = [];

  constructor(world = new World()) {
    this.world = world;
    world.addRemote("one");
    world.addRemote("two");
    world.addRemote("three", { slots: 1, labels: ["gpu"] });
    const often = [
      (a: number) => this.#turn(a),
      (a: number) => this.#turn(a),
      (a: number, b: number) => this.#read(a, b),
      (a: number, b: number) => this.#read(a, b),
      (a: number) => this.#acquire(this.#remote(a)),
      (a: number, b: number) => this.#accept(a, b),
      (a: number, b: number) => this.#accept(a, b),
      (a: number, b: number, c: number) => this.#result(a, b, c),
      (a: number, b: number, c: number) => this.#result(a, b, c),
      () => this.world.finishCommit(),
      () => this.world.finishCommit(),
      (a: number, b: number, c: number) => this.#launch(a, b, c),
      (a: number) => this.#advance(a),
    ];
    const rare = [
      (a: number, b: number, c: number) => this.#launchTaskset(a, b, c),
      (a: number, b: number) => this.#decline(a, b),
      (a: number, b: number) => this.#stopped(a, b),
      (a: number) => this.#repeat(a),
      (a: number) => this.#heartbeat(this.#remote(a)),
      (a: number) => this.#cut(this.#remote(a)),
      (a: number) => this.#join(this.#remote(a)),
      (a: number) => this.#join(this.#remote(a)),
      (a: number, b: number) => this.#cancel(a, b),
      (a: number, b: number) => this.#command(a, b),
      (a: number, b: number) => this.#command(a, b),
      (a: number, b: number) => this.#rerun(a, b),
      (a: number, b: number) => this.#stream(a, b),
      () => this.world.readStore(),
      () => this.world.answerLate(),
      (a: number) => this.#advance(10 * a),
    ];
    const seldom = [
      (a: number) => this.#die(this.#remote(a)),
      (a: number) => this.#crash(a),
      (a: number, b: number) => this.#drain(this.#remote(a), b % 2 === 0),
      (a: number, b: number) => this.#quarantine(this.#remote(a), b),
      (a: number) => this.#leave(this.#remote(a)),
      (a: number) => this.world.lose(a % partitions),
      () => this.world.readStore(true),
    ];
    this.#acts = [...often, ...often, ...often, ...rare, ...often, ...rare, ...seldom];
  }

  play(tape: readonly Step[]): void {
    for (const [act, a, b, c] of tape) pick(this.#acts, act)(a, b, c);
  }

  get state(): EngineState {
    return this.world.state;
  }

  #remote(at: number): Remote {
    return pick(this.world.remotes, at);
  }

  #worker(remote: Remote): Worker | undefined {
    return remote.isConnected ? this.state.sessions.get(remote.facts!.session) : undefined;
  }

  /** A message of the worker, as the engine takes it: it is a sign of life first. */
  #say(remote: Remote, message: (worker: Worker) => void): void {
    const worker = this.#worker(remote);
    if (worker === undefined) return;
    this.world.act((state, now) => {
      markSeen(state, worker, now);
      if (worker.status !== "unreachable") return;
      setWorkerStatus(state, worker, worker.isDraining ? "draining" : "ready", now);
      rematchWorker(state, worker);
    });
    message(worker);
  }

  #turn(a: number): void {
    this.world.turn();
    if (a % 3 === 0) this.world.finishCommit();
  }

  #read(a: number, b: number): void {
    for (let count = 0; count <= b % 8; count += 1) this.world.read(this.#remote(a));
  }

  #advance(a: number): void {
    this.world.nowMs += 1 + (a % 700);
  }

  #launching(a: number, b: number, c: number): Launching {
    const policy = pick(policies, a);
    return {
      definition: pick(["demo/run", "demo/other", "extra/run"], b),
      profile: c % 4 === 0 ? "test" : "job",
      isOverride: policy !== undefined && c % 3 === 0,
      ...(policy === undefined ? {} : { policy }),
      ...(c % 5 === 0 ? { delayMs: 500 * (b % 10) } : {}),
      ...(c % 4 === 0 ? { estimateMs: 10 * b } : {}),
    };
  }

  get #isFull(): boolean {
    return this.state.tasks.size + this.world.stowed.length > 60;
  }

  #launch(a: number, b: number, c: number): void {
    if (this.#isFull) return;
    const launching = { ...this.#launching(a, b, c), partition: (a + b) % partitions };
    const seeds = Array.from({ length: 1 + (c % 3) }, () => this.world.seed(launching));
    this.world.act((state, now) => launchTasks(state, seeds, null, now));
  }

  #launchTaskset(a: number, b: number, c: number): void {
    if (this.state.tasksets.size > 6 || this.#isFull) return;
    const partition = (a + b) % partitions;
    const facts = {
      namespace,
      id: this.world.nextId("taskset", partition),
      partition,
      name: null,
      class: "suite",
      profile: "test" as const,
      definition: null,
      revision: null,
      policy: null,
      workspace: null,
      limits: pick(limits, a),
      muted: c % 4 === 0 ? ["0", "2"] : null,
      launchedAtMs: this.world.now.wallMs,
    };
    const seeds = Array.from({ length: b % 5 }, (_, at) =>
      this.world.seed({ ...this.#launching(a + (at % 2), b, c), key: String(at), partition }),
    );
    this.world.act((state, now) => {
      const taskset = openTaskset(state, facts, now);
      launchTasks(state, seeds, taskset, now);
      if (c % 3 !== 0) sealTaskset(state, taskset, now);
    });
  }

  /** A streamed launch goes on, is sealed, or breaks. */
  #stream(a: number, b: number): void {
    const open = [...this.state.tasksets.values()].filter(({ status }) => status === "open");
    if (open.length === 0) return;
    const taskset = pick(open, a);
    const key = `pushed ${taskset.counts.total}`;
    const seed = this.world.seed({ ...this.#launching(a, b, 1), key, partition: taskset.facts.partition });
    this.world.act((state, now) => {
      if (b % 3 === 0) discardTaskset(state, taskset, now);
      else if (b % 3 === 1) sealTaskset(state, taskset, now);
      else launchTasks(state, [seed], taskset, now);
    });
  }

  #join(remote: Remote): void {
    if (!remote.isConnected) this.world.join(remote);
    this.#retell(remote);
  }

  /** After hello all that waits to be answered is told again. */
  #retell(remote: Remote): void {
    for (const held of remote.held.values()) if (held.state === "ended") this.#tell(remote, held);
  }

  #cut(remote: Remote): void {
    const worker = this.#worker(remote);
    remote.cut();
    if (worker !== undefined) this.world.act((state) => dropConnection(state, worker));
  }

  #acquire(remote: Remote): void {
    const wanted = remote.free - remote.credits;
    if (wanted <= 0 || remote.isDraining) return;
    this.#say(remote, (worker) => {
      remote.credits += wanted;
      this.world.act((state) => acquire(state, worker, { revisions: "any", credits: wanted }));
    });
  }

  #accept(a: number, b: number): void {
    const remote = this.#remote(a);
    const open = [...remote.offers].filter(([, { isAccepted }]) => !isAccepted);
    if (open.length === 0 || remote.free <= 0) return;
    const [number, offer] = pick(open, b);
    this.#say(remote, (worker) => {
      offer.isAccepted = true;
      this.world.act((state, now) => acceptOffer(state, worker, number, now));
    });
  }

  #decline(a: number, b: number): void {
    const remote = this.#remote(a);
    const open = [...remote.offers].filter(([, { isAccepted }]) => !isAccepted);
    if (open.length === 0) return;
    const [offer] = pick(open, b);
    const reason = pick(["no-slot", "load-failed", "setup-failed", "draining"] as const, b);
    this.#say(remote, (worker) => {
      remote.offers.delete(offer);
      this.world.act((state, now) => declineOffer(state, worker, { offer, reason }, now));
    });
  }

  #result(a: number, b: number, c: number): void {
    const remote = this.#remote(a);
    const { running } = remote;
    if (running.length === 0) return;
    const held = pick(running, b);
    held.state = "ended";
    held.report = held.stop === null ? pick(results, c) : "stopped";
    this.#tell(remote, held);
  }

  /** The worker gave the trial up, or was asked to. */
  #stopped(a: number, b: number): void {
    const remote = this.#remote(a);
    const running = remote.running.filter(({ stop }) => stop !== null || b % 4 === 0);
    if (running.length === 0) return;
    const held = pick(running, b);
    held.state = "ended";
    held.report = "stopped";
    this.#tell(remote, held);
  }

  #tell(remote: Remote, held: Held): void {
    this.#told.push({ remote, held });
    this.#say(remote, (worker) => this.#report(worker, held));
  }

  #report(worker: Worker, { id, token, report, isSafe }: Held): void {
    const facts = { trial: id, token: "", timings: { durationMs: 5 }, hasBegun: isSafe } as const;
    const message =
      report === "stopped"
        ? ({ type: "stopped", ...facts } as const)
        : ({ type: "result", ...facts, status: report!, wasAlone: id.length % 2 === 0 } as const);
    this.world.act((state, now) => takeReport(state, worker, { report: message, token }, now));
  }

  /** A report comes twice, late, from a worker that has no lease, or under a token that was never given. */
  #repeat(a: number): void {
    const live = [...this.state.trials.values()];
    if (live.length > 0 && a % 2 === 0) return this.#forge(pick(live, a), a);
    if (this.#told.length === 0) return;
    const { remote, held } = pick(this.#told, a);
    this.#say(remote, (worker) => this.#report(worker, { ...held, report: pick(results, a) }));
  }

  /** Nothing but the token in the hands of its worker ends a trial. */
  #forge(trial: Trial, a: number): void {
    const token = { ...trial.token, sequence: trial.token.sequence + 1 };
    const held: Held = {
      id: trial.id,
      task: trial.task.id,
      token: a % 4 === 0 ? token : trial.token,
      revision: "rev_1",
      isSafe: true,
      state: "ended",
      stop: null,
      report: pick(results, a),
    };
    this.#say(this.#remote(a), (worker) => {
      if (worker === trial.worker && a % 4 !== 0) return;
      this.#report(worker, held);
      if (this.state.trials.get(trial.id) !== trial) throw new Error(`a forged report ended ${trial.id}`);
    });
  }

  #heartbeat(remote: Remote): void {
    const trials = [...remote.held.keys()];
    this.#say(remote, (worker) =>
      this.world.act((state, now) => takeHeartbeat(state, worker, { sequence: 1, trials }, now)),
    );
  }

  #task(a: number): Task | undefined {
    const unread = this.state.loading === null ? [] : this.world.disk.tasks.keys();
    const tasks = [...new Set([...this.state.tasks.keys(), ...this.world.stowed, ...unread])];
    return tasks.length === 0 ? undefined : this.world.bring(pick(tasks, a));
  }

  #taskset(a: number): Taskset | undefined {
    const tasksets = [...this.state.tasksets.values()];
    return tasksets.length === 0 ? undefined : pick(tasksets, a);
  }

  #cancel(a: number, b: number): void {
    const task = this.#task(a);
    if (task !== undefined && b % 2 === 0) this.world.act((state, now) => cancelTask(state, task, now));
  }

  #command(a: number, b: number): void {
    const taskset = this.#taskset(a);
    if (taskset === undefined) return;
    this.world.act((state, now) => {
      try {
        if (b % 4 === 0) cancelTaskset(state, taskset, now);
        else if (b % 4 === 3) resumeTaskset(state, taskset, now);
        else pauseTaskset(state, taskset, b % 4 === 1, now);
      } catch (error) {
        if (!(error instanceof CapstanError)) throw error;
      }
    });
  }

  #rerun(a: number, b: number): void {
    const finished = [...this.world.disk.finished.values()];
    if (finished.length === 0 || this.#isFull) return;
    const row = pick(finished, a);
    if (this.state.tasks.has(row.id) || this.world.disk.tasks.has(row.id) || this.#isBeingWritten(row.id)) return;
    const spec = this.world.specOfTask(row.id);
    const live = row.taskset === null ? null : this.state.tasksets.get(row.taskset);
    const stored = row.taskset === null ? undefined : this.world.disk.tasksets.get(row.taskset);
    if (live === undefined && (stored === undefined || this.#isBeingWritten(stored.id))) return;
    const partition = partitionOf("task", row.id);
    this.world.act((state, now) => {
      const taskset = live === undefined ? rebuildTaskset(state, stored!, partition) : live;
      try {
        reopenTasks(state, [{ row, spec, partition }], { taskset, isForced: b % 2 === 0, now });
      } catch (error) {
        if (!(error instanceof CapstanError)) throw error;
      }
    });
  }

  /** The command desk waits for what is being written before it reads; here the rerun is not made then. */
  #isBeingWritten(_id: string): boolean {
    return this.world.inFlight !== undefined || this.state.out.hasChanges;
  }

  #die(remote: Remote): void {
    const worker = remote.facts === null ? undefined : this.state.sessions.get(remote.facts.session);
    const isSeen = remote.running.length % 2 === 0;
    remote.die();
    if (worker === undefined) return;
    this.world.act((state, now) => {
      if (isSeen) loseWorker(state, worker, "its process died", now);
      else dropConnection(state, worker);
    });
  }

  #leave(remote: Remote): void {
    this.#say(remote, (worker) => {
      if (worker.trials.size === 0) this.world.act((state, now) => endWorker(state, worker, now));
      else this.#drain(remote, true);
    });
  }

  #drain(remote: Remote, isDraining: boolean): void {
    const worker = remote.facts === null ? undefined : this.state.sessions.get(remote.facts.session);
    if (worker === undefined) return;
    this.world.act((state, now) => drainWorker(state, worker, { isDraining, reason: "test", now }));
  }

  #quarantine(remote: Remote, b: number): void {
    const worker = this.#worker(remote);
    if (worker === undefined) return;
    const scope = b % 2 === 0 ? "plugin" : "taskset";
    const name = scope === "plugin" ? "demo" : (this.#taskset(b)?.id ?? "none");
    this.world.act((state, now) => {
      if (b % 3 === 0) lift(state, worker, { scope, name, now });
      else quarantine(state, worker, { scope, name, reason: "test", untilMs: now.wallMs + 4_000, now });
    });
  }

  #crash(a: number): void {
    if (a % 2 === 0) this.world.finishCommit();
    this.world.crash();
  }

  /** Faults are over: every worker is there and able, nothing is held up by hand; all must come to its end. */
  settle(): void {
    const { world } = this;
    for (let round = 0; round < 900; round += 1) {
      for (const remote of world.remotes) this.#serve(remote);
      this.#unblock();
      world.readStore();
      world.turn();
      world.finishCommit();
      world.answerLate();
      if (round % 5 === 4) world.nowMs += 400;
      const isDone =
        this.state.tasks.size + world.stowed.length === 0 &&
        this.state.tasksets.size === 0 &&
        this.state.trials.size === 0;
      if (isDone && round > 20) break;
    }
    this.#rest();
  }

  /** What is due later only, such as rests and advice, has its time. */
  #rest(): void {
    for (let round = 0; round < 40; round += 1) {
      for (const remote of this.world.remotes) this.#serve(remote);
      this.world.turn();
      this.world.finishCommit();
      this.world.nowMs += 1_000;
    }
  }

  #serve(remote: Remote): void {
    if (!remote.isConnected) this.world.join(remote);
    this.#drain(remote, false);
    while (remote.inbox.length > 0) this.world.read(remote);
    this.#heartbeat(remote);
    this.#retell(remote);
    for (const held of remote.running) {
      held.state = "ended";
      held.report = held.stop === null ? "succeeded" : "stopped";
      this.#tell(remote, held);
    }
    for (const [number, offer] of remote.offers) {
      if (offer.isAccepted || remote.free <= 0) continue;
      offer.isAccepted = true;
      this.#say(remote, (worker) => this.world.act((state, now) => acceptOffer(state, worker, number, now)));
    }
    this.#acquire(remote);
  }

  #unblock(): void {
    for (const taskset of this.state.tasksets.values()) {
      this.world.act((state, now) => {
        if (taskset.status === "open") sealTaskset(state, taskset, now);
        else if (taskset.status === "paused") resumeTaskset(state, taskset, now);
      });
    }
  }
}
