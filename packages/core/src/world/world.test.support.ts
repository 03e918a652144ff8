import {
  makeId,
  parseId,
  partitionCount,
  partitionOf,
  type Policy,
  type Profile,
  type Runtime,
} from "@capstan/protocol";
import { dispatch } from "../dispatch/dispatch.js";
import { takeInputs } from "../dispatch/grant.js";
import { failRecall, recallOne, takeRecalled } from "../backlog/recall.js";
import { findClass } from "../dispatch/place.js";
import { loadEarly, loadPage, loadTaskset, startLoading, type Loaded } from "../launch/load.js";
import { finishLoading, resumeTasksets, startRecovery } from "../launch/recover.js";
import { plainRowOf, type RecalledRow, type TaskRow } from "../row/row.js";
import type { Task } from "../state/task.js";
import type { TaskSeed } from "../launch/launch.js";
import { noteCommitted, takeChanges, type Changes } from "../outcome/changes.js";
import type { Effect } from "../outcome/effect.js";
import { dropPartition } from "../partition/drop-partition.js";
import { resolvePolicy } from "../policy/resolved-policy.js";
import { makeEngineState, type CoreConfig, type EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { TaskSpec } from "../state/task-spec.js";
import { tick } from "../tick.js";
import { joinWorker, loadWorker } from "../worker/join.js";
import { takeReport } from "../worker/report.js";
import { Disk } from "./disk.test.support.js";
import { TransitionGuard, VerdictBook } from "./guard.test.support.js";
import { checkPermits, checkState } from "../check/check-state.js";
import { checkDisk, stowedIds } from "./check-disk.test.support.js";
import { Remote, type Held, type Mail } from "./remote.test.support.js";

export const namespace = "default";
const bornAtMs = Date.UTC(2026, 0, 1);

export interface Launching {
  readonly definition?: string;
  readonly revision?: string;
  readonly runtime?: Runtime;
  readonly profile?: Profile;
  readonly policy?: Policy;
  /** Shares a class with others of the same text; without it every policy makes a class of its own. */
  readonly isOverride?: boolean;
  readonly key?: string;
  readonly delayMs?: number;
  readonly estimateMs?: number;
  /** Default 0. */
  readonly partition?: number;
}

/** Unfinished tasks as they were read from the store. */
interface TaskPage {
  readonly rows: readonly Loaded[];
  readonly hasMore: boolean;
}

/**
 * Core with all that an engine has around it, by the same rules as the engine's loop: turns, group commits one at a
 * time, effects before and after them, a disk, and workers at the other end. Every event is followed by the checks.
 */
export class World {
  state: EngineState;
  nowMs = 1_000;
  readonly disk = new Disk();
  readonly remotes: Remote[] = [];
  readonly verdicts = new VerdictBook();
  inFlight: Changes | undefined;
  /** Late reports and their answers are the engine's: here they wait to be answered as the store would. */
  readonly late: Extract<Effect, { type: "judgeLateReport" }>[] = [];
  isStoreReading = true;
  readonly #config: Partial<CoreConfig>;
  readonly #specs = new Map<string, TaskSpec>();
  readonly #specOf = new Map<string, TaskSpec>();
  #guard = new TransitionGuard();
  #ids = 0;
  #page: TaskPage | undefined;
  #unread: Extract<Effect, { type: "loadInputs" | "recall" }>[] = [];

  constructor(config: Partial<CoreConfig> = {}) {
    this.#config = config;
    this.state = this.#open();
  }

  get now(): Now {
    return { monoMs: this.nowMs, wallMs: bornAtMs + this.nowMs };
  }

  #open(): EngineState {
    this.disk.epoch += 1;
    const epochs = Array.from({ length: partitionCount }, () => this.disk.epoch);
    return makeEngineState(epochs, this.#config);
  }

  /** Applies an event, as the loop's `act` does, and checks what must hold after it. */
  act<T>(change: (state: EngineState, now: Now) => T): T {
    const result = change(this.state, this.now);
    this.check();
    return result;
  }

  check(): void {
    this.#guard.watch(this.state);
    checkState(this.state);
    this.verdicts.check(this.state);
  }

  spec(launching: Launching = {}): TaskSpec {
    const { definition = "demo/run", revision = "rev_1", runtime = "node", profile = "job" } = launching;
    const { policy, isOverride = false } = launching;
    const key = JSON.stringify([definition, revision, runtime, profile, policy, isOverride]);
    let spec = this.#specs.get(key);
    if (spec === undefined) {
      spec = {
        namespace,
        definition,
        plugin: definition.split("/")[0]!,
        revision,
        runtime,
        policy: resolvePolicy(profile, definition, policy),
        override: isOverride ? (policy ?? {}) : null,
      };
      this.#specs.set(key, spec);
    }
    return spec;
  }

  nextId(kind: "task" | "taskset" | "worker" | "session", partition = 0): string {
    this.#ids += 1;
    return makeId(kind, { timeMs: bornAtMs + this.#ids, partition, epoch: this.disk.epoch, sequence: this.#ids });
  }

  seed(launching: Launching = {}): TaskSeed {
    const spec = this.spec(launching);
    const { partition = 0 } = launching;
    const id = this.nextId("task", partition);
    this.#specOf.set(id, spec);
    return {
      id,
      partition,
      spec,
      key: launching.key ?? null,
      inputJson: `{"task":"${id}"}`,
      inputBlob: null,
      idempotencyKey: null,
      launchedAtMs: this.now.wallMs,
      delayMs: launching.delayMs ?? 0,
      estimateMs: launching.estimateMs ?? null,
    };
  }

  specOfTask(id: string): TaskSpec {
    return this.#specOf.get(id)!;
  }

  addRemote(name: string, { slots = 2, labels = [] }: { slots?: number; labels?: readonly string[] } = {}): Remote {
    const remote = new Remote(name, slots, labels);
    this.remotes.push(remote);
    return remote;
  }

  /** The worker says hello: anew, or to its session. */
  join(remote: Remote): void {
    remote.cut();
    // As the engine does: what the worker names is in memory before it joins.
    this.readStore();
    for (const { task } of remote.claims) this.bring(task);
    const known = remote.facts === null ? undefined : this.state.sessions.get(remote.facts.session);
    const claims = remote.claims.map((claim) => ({ ...claim, isProven: known !== undefined }));
    remote.facts = known?.facts ?? this.#newFacts(remote);
    const { labels, slots, runtimes, revisions, workspaces } = remote;
    const joining = { facts: remote.facts, labels, slots, runtimes, revisions, workspaces, claims };
    const { fates } = this.act((state, now) => joinWorker(state, joining, now));
    remote.isConnected = true;
    remote.isDraining = this.state.sessions.get(remote.facts.session)!.isDraining;
    for (const { trial, fate } of fates) {
      if (fate === "adopted") continue;
      if (remote.held.get(trial)?.state === "ended") remote.held.delete(trial);
      else remote.stop(trial, "stale");
    }
  }

  #newFacts({ name }: Remote) {
    return {
      namespace,
      id: this.nextId("worker"),
      name,
      session: this.nextId("session"),
      secretHash: "",
      joinedAtMs: this.now.wallMs,
    };
  }

  remoteOf(session: string): Remote | undefined {
    return this.remotes.find((remote) => remote.facts?.session === session && remote.isConnected);
  }

  /** One turn of the loop. Says whether more is to be done at once. */
  turn(): boolean {
    this.loadMore();
    const isMore = this.act((state, now) => tick(state, now));
    this.act((state, now) => dispatch(state, now));
    checkPermits(this.state);
    this.#release(this.state.out.effects.splice(0));
    if (this.inFlight === undefined) this.#takeBatch();
    return isMore;
  }

  #takeBatch(): void {
    const { out, config } = this.state;
    const oldest = out.lazyTasks[0];
    const isRipe = oldest !== undefined && this.nowMs - oldest.sinceMonoMs >= config.lazyMs;
    if (!out.hasChanges && out.effectsAfterCommit.length === 0 && !isRipe) return;
    this.inFlight = takeChanges(this.state, this.now);
  }

  /** The batch under way is durable: it is on the disk, and its effects leave. */
  finishCommit(): void {
    const changes = this.inFlight;
    if (changes === undefined) return;
    this.inFlight = undefined;
    this.disk.apply(changes);
    for (const row of changes.finishedTasks) this.verdicts.note(row.id, row.round, row.status);
    noteCommitted(this.state, changes);
    const { out } = this.state;
    if (!out.hasChanges) checkDisk(this.state, this.disk);
    this.#release(changes.effects);
    this.#release(out.effectsAfterFlight.splice(0));
  }

  #release(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.#post(effect.worker.facts.session, effect.message);
      case "grant":
        return this.#post(effect.worker.facts.session, { ...effect, type: "granted" });
      case "loadInputs":
      case "recall":
        this.#unread.push(effect);
        return;
      case "judgeLateReport":
        this.late.push(effect);
        return;
      case "disconnect": {
        this.remoteOf(effect.worker.facts.session)?.cut();
        return;
      }
    }
  }

  #post(session: string, mail: Mail): void {
    this.remoteOf(session)?.inbox.push(mail);
  }

  /** The store answers what was asked of it. A store that fails answers nothing. */
  readStore(isFailing = false): void {
    for (const effect of this.#unread.splice(0)) {
      if (effect.type === "recall") this.#answerRecall(effect, isFailing);
      else if (!isFailing) this.#answerInputs(effect);
    }
  }

  #answerInputs({ tasks }: Extract<Effect, { type: "loadInputs" }>): void {
    const inputs = tasks.map((task) => ({ task, inputJson: this.disk.tasks.get(task.id)?.inputJson ?? null }));
    this.act((state, now) => takeInputs(state, inputs, now));
  }

  #answerRecall(effect: Extract<Effect, { type: "recall" }>, isFailing: boolean): void {
    if (isFailing) return this.act((state, now) => failRecall(state, effect, now));
    // Its taskset may be discarded since, or its partition lost: then nobody asks any more.
    const rows = effect.stowed.flatMap(({ id }) => this.disk.tasks.get(id) ?? []).map(recalled);
    this.act((state, now) => takeRecalled(state, { ...effect, rows }, now));
  }

  /** The task, read from the store when it waits there alone; undefined when it is on its way, or unknown. */
  bring(id: string): Task | undefined {
    const row = this.disk.tasks.get(id);
    const known = this.state.tasks.get(id);
    if (known !== undefined || row === undefined) return known;
    const taskset = row.taskset === null ? null : (this.state.tasksets.get(row.taskset) ?? null);
    const spec = this.specOfTask(id);
    const taskClass = findClass(this.state, spec, taskset);
    const { loading } = this.state;
    this.act((state, now) => {
      if (taskClass !== undefined && recallOne(state, taskClass, recalled(row), now)) return;
      if (loading !== null && id > loading.after && !loading.early.has(id)) loadEarly(state, [{ row, spec }], now);
    });
    return this.state.tasks.get(id);
  }

  get stowed(): string[] {
    return [...stowedIds(this.state)];
  }

  /** A late report is refused or accepted; either way its worker forgets the trial. */
  answerLate(): void {
    for (const { worker, report } of this.late.splice(0)) {
      this.#post(worker.facts.session, { type: "refused", trial: report.trial, reason: "stale-lease" });
    }
  }

  /** A worker reads the next message. */
  read(remote: Remote): void {
    const mail = remote.inbox.shift();
    if (mail === undefined) return;
    const unwanted = remote.read(mail);
    if (unwanted !== undefined) this.#reportUnbegun(remote, unwanted.id, unwanted.token);
  }

  #reportUnbegun(remote: Remote, trial: string, token: Held["token"]): void {
    const worker = this.state.sessions.get(remote.facts!.session);
    if (worker === undefined) return;
    const timings = { durationMs: 0 };
    const report = { type: "stopped", trial, token: "", timings, hasBegun: false } as const;
    this.act((state, now) => takeReport(state, worker, { report, token }, now));
  }

  /** The engine is gone between two events, and another starts on its disk; connections end. */
  crash(isClean = false): void {
    this.inFlight = undefined;
    this.late.length = 0;
    this.#unread = [];
    for (const remote of this.remotes) remote.cut();
    this.#guard = new TransitionGuard();
    this.state = this.#open();
    const { state, now, disk } = this;
    for (const row of disk.workers.values()) loadWorker(state, row, now);
    if (!isClean) startRecovery(state, now);
    for (const row of disk.tasksets.values()) if (row.endedAtMs === null) loadTaskset(state, row, now);
    startLoading(state);
    // Streams that broke are gone before any task is read.
    const changes = takeChanges(state, now);
    disk.apply(changes);
    noteCommitted(state, changes);
    const live = [...disk.tasks.values()].filter(({ status }) => status !== "queued" && status !== "waiting");
    loadEarly(state, this.#withSpecs(live), now);
    resumeTasksets(state, now);
    this.#page = this.#readPage();
    this.check();
  }

  /** Another engine has a partition now, with its rows; those that were read already are not taken any more. */
  lose(partition: number): void {
    this.finishCommit();
    this.disk.forget(partition);
    const page = this.#page;
    if (page !== undefined) {
      this.#page = { ...page, rows: page.rows.filter(({ row }) => partitionOf("task", row.id) !== partition) };
    }
    this.act((state, now) => dropPartition(state, partition, now));
  }

  #withSpecs(rows: readonly TaskRow[]): Loaded[] {
    return rows.map((row) => ({ row: { ...row, inputJson: null }, spec: this.specOfTask(row.id) }));
  }

  /** What the store has now after the tasks that were loaded: it arrives later. */
  #readPage(): TaskPage {
    const { after } = this.state.loading!;
    const rows = [...this.disk.tasks.values()]
      .filter(({ id }) => id > after)
      .toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const { pageTasks } = this.state.config;
    const page = this.#withSpecs(rows.slice(0, pageTasks));
    const loaded = page.map(({ row, spec }) => ({ row: plainRowOf(row as TaskRow) ?? row, spec }));
    return { rows: loaded, hasMore: page.length === pageTasks };
  }

  /** The page that was asked for arrives, and the next is asked for. */
  loadMore(): void {
    const page = this.#page;
    if (page === undefined) return;
    this.act((state, now) => {
      loadPage(state, page.rows, now);
      if (!page.hasMore) finishLoading(state);
    });
    this.#page = page.hasMore ? this.#readPage() : undefined;
  }
}

/** As the store gives it; every third input is too long to come along. */
function recalled(row: TaskRow): RecalledRow {
  const isInputLeftOut = parseId("task", row.id).sequence % 3 === 0;
  return isInputLeftOut ? { ...row, inputJson: null, isInputLeftOut } : { ...row, isInputLeftOut };
}
