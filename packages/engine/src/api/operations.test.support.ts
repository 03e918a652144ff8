import {
  CapstanError,
  limits,
  makeId,
  type BlobRef,
  type BulkLaunch,
  type Connection,
  type DeployRequest,
  type EngineStatus,
  type LiftRequest,
  type MuteRequest,
  type PhaseView,
  type PruneRequest,
  type PruneResult,
  type QuarantineRequest,
  type Report,
  type TaskLaunch,
  type TasksetHeader,
  type TasksetLaunch,
  type TasksetTask,
  type TasksetView,
  type TaskView,
  type TrialView,
  type WorkerView,
} from "@capstan/protocol";
import { pack, unpack } from "@capstan/workspace";
import { createHash } from "node:crypto";
import type { EngineMeasures, EngineOperations, OpenTaskset, WaitOptions } from "../engine/operations.js";
import { EventHub } from "../event/event-hub.js";
import { Registry } from "../registry/registry.js";

let sequence = 0;
const nowMs = 1_760_000_000_000;
const newId = (kind: "task" | "taskset" | "worker"): string =>
  makeId(kind, { timeMs: nowMs, partition: 3, epoch: 7, sequence: (sequence += 1) });
const noCounts = { waiting: 0, queued: 0, running: 0, succeeded: 0, skipped: 0, failed: 0, abandoned: 0, cancelled: 0 };

/** What a trial of the peer has written so far. */
interface Log {
  text: string;
  isEnded: boolean;
  readonly followers: Set<() => void>;
}

/** An engine in memory for the tests of the API: it keeps what it is given, runs nothing, and uses the real registry and events. */
export class PeerOperations implements EngineOperations {
  isReady = true;
  storeFailure: CapstanError | undefined;
  readonly registry = new Registry();
  readonly hub = new EventHub({ epoch: 7, eventsMax: 1_000 });
  readonly tasks = new Map<string, TaskView>();
  readonly tasksets = new Map<string, TasksetView>();
  readonly blobs = new Map<string, Buffer>();
  readonly logs = new Map<string, Log>();
  readonly connections: { readonly namespace: string; readonly connection: Connection }[] = [];
  /** Streamed launches: what was pushed, and how each ended. */
  readonly streams: { readonly batches: number[]; end: "open" | "sealed" | "discarded" }[] = [];
  readonly waits: { readonly waitMs: number; readonly signal: AbortSignal | undefined }[] = [];
  /** Called when something worth waiting for happens: `wait`, `push`, `discard`, `follow`, `accept`. */
  onMoment: (moment: string) => void = () => {};
  /** What the next launch is refused with. */
  refusal: CapstanError | undefined;
  readonly worker: WorkerView = {
    id: newId("worker"),
    namespace: "default",
    name: "w1",
    status: "ready",
    labels: ["gpu"],
    slots: 4,
    slotsBusy: 0,
    runtimes: ["command"],
    revisions: [],
    trials: [],
    quarantines: [],
    joinedAtMs: nowMs,
  };
  #commit = 0;
  readonly #waiters = new Map<string, Set<() => void>>();

  publish(type: string, facts: Readonly<Record<string, string>> = {}): void {
    this.#commit += 1;
    this.hub.append(this.#commit, [{ type, namespace: "default", atMs: nowMs, ...facts }]);
  }

  async launchTask(namespace: string, launch: TaskLaunch) {
    if (this.refusal !== undefined) throw this.refusal;
    const resolved = this.registry.resolve(namespace, launch.definition, launch.revision);
    resolved.validateInput(launch.input);
    const id = newId("task");
    this.tasks.set(id, this.#view(namespace, { id, revision: resolved.revision, launch }));
    this.publish("task.queued", { task: id });
    return { task: id, isDuplicate: false };
  }

  async launchTasks(namespace: string, launch: BulkLaunch) {
    return { tasks: await Promise.all(launch.tasks.map((task) => this.launchTask(namespace, task))) };
  }

  async launchTaskset(namespace: string, launch: TasksetLaunch) {
    const taskset = this.#addTaskset(namespace, launch);
    return { taskset, tasks: launch.tasks.length, isDuplicate: false };
  }

  async openTaskset(namespace: string, header: TasksetHeader): Promise<OpenTaskset> {
    const taskset = this.#addTaskset(namespace, header);
    const stream: PeerOperations["streams"][number] = { batches: [], end: "open" };
    this.streams.push(stream);
    return {
      taskset,
      push: async (tasks: readonly TasksetTask[]) => {
        const first = stream.batches.reduce((sum, each) => sum + each, 0);
        stream.batches.push(tasks.length);
        for (const [at, task] of tasks.entries()) this.#checkTask(namespace, { header, task, position: first + at });
        this.onMoment("push");
      },
      seal: async () => {
        stream.end = "sealed";
        return { taskset, tasks: stream.batches.reduce((sum, each) => sum + each, 0), isDuplicate: false };
      },
      discard: async () => {
        stream.end = "discarded";
        this.tasksets.delete(taskset);
        this.onMoment("discard");
      },
    };
  }

  async getTask(_namespace: string, task: string): Promise<TaskView> {
    const view = this.tasks.get(task);
    if (view === undefined) throw new CapstanError("not-found", `no task ${task} is known here`);
    return view;
  }

  async listTasks(_namespace: string, { limit = limits.pageItems }: { readonly limit?: number }) {
    return { items: [...this.tasks.values()].slice(0, limit) };
  }

  async waitTask(namespace: string, task: string, options: WaitOptions) {
    this.waits.push({ waitMs: options.waitMs, signal: options.signal });
    const isFinal = (await this.getTask(namespace, task)).status === "succeeded";
    if (!isFinal && options.waitMs > 0) await this.#change(task);
    const view = await this.getTask(namespace, task);
    return { isFinal: view.status === "succeeded", task: view };
  }

  /** Ends a task with success and wakes who waits for it. */
  finishTask(task: string): void {
    this.tasks.set(task, { ...this.tasks.get(task)!, status: "succeeded", endedAtMs: nowMs + 5, output: { ok: true } });
    for (const wake of this.#waiters.get(task) ?? []) wake();
  }

  async cancelTask(namespace: string, task: string): Promise<TaskView> {
    return { ...(await this.getTask(namespace, task)), status: "cancelling" };
  }

  async rerunTask(namespace: string, task: string): Promise<TaskView> {
    return { ...(await this.getTask(namespace, task)), round: 2 };
  }

  async listTrials(namespace: string, task: string) {
    await this.getTask(namespace, task);
    return [this.#trial(`trial_${task.slice(5)}_1`)];
  }

  async listOffers(namespace: string, task: string) {
    await this.getTask(namespace, task);
    return [{ worker: "wrk_1", workerName: "one", outcome: "declined" as const, reason: "no-memory", atMs: 5 }];
  }

  async getTrial(_namespace: string, trial: string): Promise<TrialView> {
    if (!this.logs.has(trial)) throw new CapstanError("not-found", `no trial ${trial} is known here`);
    return this.#trial(trial);
  }

  async getTaskset(_namespace: string, taskset: string): Promise<TasksetView> {
    const view = this.tasksets.get(taskset);
    if (view === undefined) throw new CapstanError("not-found", `no taskset ${taskset} is known here`);
    return view;
  }

  async listTasksets() {
    return { items: [...this.tasksets.values()] };
  }

  async waitTaskset(namespace: string, taskset: string) {
    return { isFinal: false, taskset: await this.getTaskset(namespace, taskset) };
  }

  async pauseTaskset(namespace: string, taskset: string): Promise<TasksetView> {
    return { ...(await this.getTaskset(namespace, taskset)), status: "paused" };
  }

  resumeTaskset = (namespace: string, taskset: string) => this.getTaskset(namespace, taskset);
  rerunTaskset = (namespace: string, taskset: string) => this.getTaskset(namespace, taskset);

  async cancelTaskset(namespace: string, taskset: string): Promise<TasksetView> {
    return { ...(await this.getTaskset(namespace, taskset)), status: "cancelling" };
  }

  async reportTaskset(namespace: string, taskset: string): Promise<Report> {
    return { taskset: await this.getTaskset(namespace, taskset), tasks: [...this.tasks.values()] };
  }

  async listFlaky() {
    return { items: [] };
  }

  async listEstimates() {
    return { items: [] };
  }

  async listMuted() {
    return { items: [] };
  }

  async mute(_namespace: string, { class: of, tests }: MuteRequest) {
    return { items: tests.map((test) => ({ class: of, ...test, atMs: nowMs })) };
  }

  async unmute() {
    return { items: [] };
  }

  /** Lets a trial write, or end. */
  write(trial: string, text: string, isEnded = false): void {
    const log = this.logs.get(trial) ?? { text: "", isEnded: false, followers: new Set() };
    this.logs.set(trial, log);
    log.text += text;
    log.isEnded ||= isEnded;
    for (const callback of log.followers) callback();
  }

  async readLog(_namespace: string, { trial, offset, bytesMax }: { trial: string; offset: number; bytesMax: number }) {
    // As a store does: of a trial that never wrote there is nothing, known or not.
    const text = this.logs.get(trial)?.text ?? "";
    const part = Buffer.from(text).subarray(offset, offset + bytesMax);
    return { text: part.toString(), offset, nextOffset: offset + part.length };
  }

  followLog(_namespace: string, trial: string, callback: () => void) {
    const log = this.logs.get(trial)!;
    log.followers.add(callback);
    this.onMoment("follow");
    const stop = (): void => {
      log.followers.delete(callback);
      this.onMoment("unfollow");
    };
    return { isEnded: async () => log.isEnded, stop };
  }

  listPlugins = (namespace: string) => this.registry.listPlugins(namespace, () => 0);
  getPlugin = (namespace: string, plugin: string) => this.registry.viewPlugin(namespace, plugin, () => 0);
  getRevision = (namespace: string, revision: string) => this.registry.viewRevision(namespace, revision, () => 0);

  async deployRevision(namespace: string, plugin: string, request: DeployRequest) {
    const plan = this.registry.planDeploy(namespace, plugin, { ...request, nowMs });
    const missing = await this.missingBlobs(namespace, plan.digests);
    if (missing.length > 0) throw new CapstanError("blob-missing", "blobs are missing", { details: { missing } });
    this.registry.apply({
      revisions: plan.isNew ? [plan.revision] : [],
      plugins: plan.plugin === undefined ? [] : [plan.plugin],
    });
    return this.getRevision(namespace, plan.revision.id);
  }

  async switchDefault(namespace: string, plugin: string, revision: string) {
    const row = this.registry.planSwitch(namespace, plugin, revision);
    if (row !== undefined) this.registry.apply({ plugins: [row] });
    return this.getPlugin(namespace, plugin);
  }

  async pruneRevisions(namespace: string, plugin: string, { isDryRun = false }: PruneRequest): Promise<PruneResult> {
    const revision = this.getPlugin(namespace, plugin).revisions[0]!;
    return { plugin, isDryRun, pruned: [], kept: [{ revision, because: "default" }] };
  }

  async missingBlobs(_namespace: string, digests: readonly string[]) {
    return digests.filter((digest) => !this.blobs.has(digest));
  }

  async putBlob(_namespace: string, digest: string, bytes: AsyncIterable<Uint8Array>) {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    const actual = `sha256:${createHash("sha256").update(whole).digest("hex")}`;
    if (actual !== digest) throw new CapstanError("digest-mismatch", `the bytes have the digest ${actual}`);
    this.blobs.set(digest, whole);
    return { bytes: whole.length };
  }

  async openBlob(_namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>> {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) throw new CapstanError("not-found", `no blob ${digest} is stored here`);
    return (async function* () {
      yield bytes;
    })();
  }

  async putPack(_namespace: string, bytes: AsyncIterable<Uint8Array>) {
    let blobs = 0;
    for await (const { digest, content } of unpack(bytes)) {
      this.blobs.set(digest, Buffer.from(content));
      blobs += 1;
    }
    return { blobs };
  }

  async openPack(namespace: string, blobs: readonly BlobRef[]): Promise<AsyncIterable<Uint8Array>> {
    const digests = await this.missingBlobs(
      namespace,
      blobs.map(({ digest }) => digest),
    );
    if (digests.length > 0) throw new CapstanError("blob-missing", "blobs are missing", { details: { digests } });
    const read = async function* (content: Buffer): AsyncGenerator<Uint8Array> {
      yield content;
    };
    return pack(blobs, (digest) => read(this.blobs.get(digest)!));
  }

  async listPhases(): Promise<PhaseView[]> {
    return [];
  }

  listWorkers = () => [this.worker];

  getWorker(_namespace: string, idOrName: string): WorkerView {
    if (idOrName === this.worker.id || idOrName === this.worker.name) return this.worker;
    throw new CapstanError("not-found", `no worker ${idOrName} is known here`);
  }

  async drainWorker(namespace: string, idOrName: string, isDraining: boolean): Promise<WorkerView> {
    return { ...this.getWorker(namespace, idOrName), status: isDraining ? "draining" : "ready" };
  }

  async quarantineWorker(namespace: string, idOrName: string, { scope, name, reason = "by hand" }: QuarantineRequest) {
    return { ...this.getWorker(namespace, idOrName), quarantines: [{ scope, name, reason }] };
  }

  async liftQuarantine(namespace: string, idOrName: string, _request: LiftRequest) {
    return this.getWorker(namespace, idOrName);
  }

  acceptWorker(namespace: string, connection: Connection): void {
    this.connections.push({ namespace, connection });
    this.onMoment("accept");
  }

  events = (namespace: string) => this.hub.of(namespace);

  status(): EngineStatus {
    const tasks = { waiting: 0, queued: this.tasks.size, running: 0 };
    const slots = { slots: 4, slotsBusy: 0 };
    return { version: "0.1.0", store: "memory", startedAtMs: nowMs, tasks, workers: 1, ...slots, isDraining: false };
  }

  measures(): EngineMeasures {
    return {
      tasks: { waiting: 1, queued: 2, running: 3 },
      finished: { succeeded: 5, failed: 1 },
      trials: { succeeded: 5, lost: 2 },
      workers: { ready: 1 },
      slots: { total: 4, busy: 3 },
      offers: { made: 9, declined: 1, expired: 0, halted: 0 },
      commits: { count: 12, rows: 40, secondsTotal: 0.25, failed: 0 },
      loop: { eventsApplied: 100, secondsTotal: 0.5 },
      held: { trials: 3, gates: 1 },
      sweepMended: 0,
      backlogMs: 1_500,
    };
  }

  #change(task: string): Promise<void> {
    const waiters = this.#waiters.get(task) ?? new Set();
    this.#waiters.set(task, waiters);
    return new Promise((resolve) => {
      waiters.add(resolve);
      this.onMoment("wait");
    });
  }

  #checkTask(
    namespace: string,
    { header, task, position }: { header: TasksetHeader; task: TasksetTask; position: number },
  ): void {
    const definition = task.definition ?? header.definition ?? "";
    try {
      this.registry.resolve(namespace, definition, task.revision).validateInput(task.input);
    } catch (error) {
      if (!(error instanceof CapstanError)) throw error;
      throw new CapstanError(error.code, error.message, { details: { ...error.details, position } });
    }
  }

  #addTaskset(namespace: string, { name }: TasksetHeader): string {
    const id = newId("taskset");
    const view = { id, namespace, profile: "job", status: "running", round: 1, launchedAtMs: nowMs } as const;
    const counts = { ...noCounts, total: 0, flaky: 0, retries: 0, muted: 0 };
    this.tasksets.set(id, { ...view, counts, ...(name === undefined ? {} : { name }) });
    return id;
  }

  #view(namespace: string, { id, revision, launch }: { id: string; revision: string; launch: TaskLaunch }): TaskView {
    return {
      id,
      namespace,
      definition: launch.definition,
      revision,
      status: "queued",
      isFlaky: false,
      priority: launch.policy?.priority ?? 5,
      round: 1,
      trials: { counted: 0, lost: 0, total: 0 },
      launchedAtMs: nowMs,
      ...(launch.input === undefined ? {} : { input: launch.input }),
    };
  }

  #trial(id: string): TrialView {
    const task = `task_${id.slice(6, 28)}`;
    return {
      id,
      task,
      number: 1,
      round: 1,
      status: "running",
      isTwin: false,
      isCounted: false,
      revision: "rev_1",
      grantedAtMs: nowMs,
    };
  }
}
