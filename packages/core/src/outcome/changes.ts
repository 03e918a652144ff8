import type {
  EstimateRow,
  FlakyRow,
  FinishedTaskRow,
  LiveTrialRow,
  OfferRow,
  PhaseRow,
  TaskRow,
  TasksetRow,
  TrialRow,
  WorkerRow,
} from "../row/row.js";
import { stow } from "../backlog/stow.js";
import { isFlaky } from "../arbiter/flaky.js";
import type { ChangeEvent } from "../event/event.js";
import type { EngineState } from "../state/engine-state.js";
import type { Now } from "../state/now.js";
import type { Task, Verdict } from "../state/task.js";
import type { Taskset } from "../state/taskset.js";
import type { Trial } from "../state/trial.js";
import type { Worker } from "../state/worker.js";
import type { Effect } from "./effect.js";
import { showGrant } from "./show-grant.js";

interface Key {
  readonly namespace: string;
  readonly id: string;
}

/** All that happened since the last batch, as rows; what a store calls a batch, without its fences. */
export interface Changes {
  readonly number: number;
  readonly partitions: Set<number>;
  readonly insertedTasks: TaskRow[];
  readonly updatedTasks: TaskRow[];
  readonly finishedTasks: FinishedTaskRow[];
  readonly reopenedTasks: TaskRow[];
  readonly tasksets: TasksetRow[];
  readonly discardedTasksets: Key[];
  readonly trials: TrialRow[];
  readonly offers: OfferRow[];
  readonly phases: PhaseRow[];
  readonly estimates: EstimateRow[];
  readonly flaky: FlakyRow[];
  readonly workers: WorkerRow[];
  readonly deletedWorkers: Key[];
  readonly effects: Effect[];
  readonly events: ChangeEvent[];
  /** Launched tasks that leave memory, or whose inputs do, once this batch is committed. */
  readonly launched: Task[];
}

/** Takes what must be committed now, and lets the effects and events that wait for it go along. */
export function takeChanges(state: EngineState, now: Now): Changes {
  const { out } = state;
  ripenLazyTasks(state, now);
  const changes = makeChanges(state);
  for (const taskset of out.tasksets) takeTaskset(changes, taskset);
  for (const task of out.tasks) takeTask(state, changes, task);
  for (const worker of out.workers) takeWorker(changes, worker);
  for (const worker of out.deletedWorkers) changes.deletedWorkers.push({ namespace: worker.namespace, id: worker.id });
  for (const taskset of out.discardedTasksets) takeDiscarded(changes, taskset);
  out.tasks = [];
  out.tasksets = [];
  out.workers = [];
  out.deletedWorkers = [];
  out.discardedTasksets = [];
  return changes;
}

function makeChanges(state: EngineState): Changes {
  const { out } = state;
  state.batchTaken += 1;
  const changes: Changes = {
    number: state.batchTaken,
    partitions: new Set(),
    insertedTasks: [],
    updatedTasks: [],
    finishedTasks: [],
    reopenedTasks: [],
    tasksets: [],
    discardedTasksets: [],
    trials: out.trials,
    offers: out.offers,
    phases: out.phases,
    estimates: [...out.estimates.values()],
    flaky: out.flaky,
    workers: [],
    deletedWorkers: [],
    effects: out.effectsAfterCommit,
    events: out.events,
    launched: [],
  };
  out.trials = [];
  out.offers = [];
  out.phases = [];
  out.flaky = [];
  out.estimates.clear();
  out.effectsAfterCommit = [];
  out.events = [];
  return changes;
}

/** Safe grants that have lasted for a while are written with this batch; of those that ended nothing is left to write. */
function ripenLazyTasks(state: EngineState, now: Now): void {
  const { lazyTasks } = state.out;
  let ripe = 0;
  for (; ripe < lazyTasks.length; ripe += 1) {
    const { task, sinceMonoMs } = lazyTasks[ripe]!;
    if (now.monoMs - sinceMonoMs < state.config.lazyMs) break;
    if (task.verdict === null) noteLasting(state, task);
  }
  if (ripe > 0) lazyTasks.splice(0, ripe);
}

/** A granted trial that has neither been declined nor ended by now runs: workers do not say so at once. */
function noteLasting(state: EngineState, task: Task): void {
  for (const trial of task.trials) {
    if (trial.status === "granted") trial.status = "running";
    showGrant(state, trial);
  }
  if (task.status === "granted") task.status = "running";
  state.out.touch(task);
}

function takeTaskset(changes: Changes, taskset: Taskset): void {
  taskset.isDirty = false;
  if (taskset.isDiscarded) return;
  taskset.isStored = true;
  changes.partitions.add(taskset.facts.partition);
  changes.tasksets.push(tasksetRowOf(taskset));
}

function takeTask(state: EngineState, changes: Changes, task: Task): void {
  task.isDirty = false;
  if (task.isDiscarded) return;
  changes.partitions.add(task.partition);
  const { persistence, verdict } = task;
  task.persistence = "stored";
  if (verdict !== null) {
    // One that was reopened since the last batch is in history still, and never leaves it.
    changes.finishedTasks.push(finishedRowOf(task, verdict, persistence === "new"));
    return;
  }
  const row = taskRowOf(task);
  if (persistence === "stored") {
    changes.updatedTasks.push(row);
    return;
  }
  task.batch = changes.number;
  if (persistence === "reopened") changes.reopenedTasks.push(row);
  else {
    changes.insertedTasks.push(row);
    if (task.isStowing || state.inputBytes > state.config.inputBytesMax) changes.launched.push(task);
  }
}

function takeDiscarded(changes: Changes, { facts }: Taskset): void {
  changes.partitions.add(facts.partition);
  changes.discardedTasksets.push({ namespace: facts.namespace, id: facts.id });
}

function takeWorker(changes: Changes, worker: Worker): void {
  worker.isDirty = false;
  if (worker.isForgotten) return;
  changes.workers.push(workerRowOf(worker));
}

/** A batch is durable: tasks and inputs that memory has no room for are dropped, since the store has them now. */
export function noteCommitted(state: EngineState, changes: Changes): void {
  state.batchCommitted = changes.number;
  for (const task of changes.launched) {
    if (task.isStowing) stow(state, task);
    else if (state.inputBytes > state.config.inputBytesMax) spillInput(state, task);
  }
}

function spillInput(state: EngineState, task: Task): void {
  if (task.status !== "queued" || task.inputJson === null || task.verdict !== null) return;
  state.inputBytes -= task.inputJson.length;
  task.inputJson = null;
  task.isInputSpilled = true;
}

// The two rows are written out field by field: spreading objects of so many fields makes slow ones.
export function taskRowOf(task: Task): TaskRow {
  const { history } = task;
  const { spec } = task.taskClass;
  const status = task.status === "offered" ? "queued" : (task.status as TaskRow["status"]);
  return {
    namespace: spec.namespace,
    id: task.id,
    taskset: task.taskset === null ? null : task.taskset.id,
    key: task.key,
    definition: spec.definition,
    revision: spec.revision,
    profile: spec.policy.profile,
    policy: spec.override,
    priority: spec.policy.priority,
    inputJson: task.inputJson,
    inputBlob: task.inputBlob,
    idempotencyKey: task.idempotencyKey,
    launchedAtMs: task.launchedAtMs,
    status,
    waitsFor: task.waitsFor,
    estimateMs: task.estimateMs,
    isFront: task.isFront,
    queuedAtMs: task.queuedAtMs,
    round: history?.round ?? 1,
    trialsTotal: history?.trialsTotal ?? 0,
    trialsCounted: history?.trialsCounted ?? 0,
    trialsLost: history?.trialsLost ?? 0,
    roundStart: history?.roundStart ?? 0,
    suspicions: history?.suspicions ?? 0,
    doublings: history?.doublings ?? 0,
    lastWorker: history?.lastWorker ?? null,
    notBeforeMs: history?.notBeforeMs ?? null,
    expiresAtMs: history?.expiresAtMs ?? null,
    trials: task.trials.length === 0 ? [] : task.trials.map(liveRowOf),
  };
}

function liveRowOf(trial: Trial): LiveTrialRow {
  return {
    n: trial.n,
    token: trial.token,
    worker: trial.worker.id,
    workerName: trial.worker.facts.name,
    grantedAtMs: trial.grantedAtMs,
    isTwin: trial.isTwin,
    status: trial.status,
    ...(trial.hasPermits ? {} : { hasEnded: true }),
  };
}

function finishedRowOf(task: Task, verdict: Verdict, hasNoHotRow: boolean): FinishedTaskRow {
  const { history } = task;
  const { spec } = task.taskClass;
  return {
    namespace: spec.namespace,
    id: task.id,
    taskset: task.taskset === null ? null : task.taskset.id,
    key: task.key,
    definition: spec.definition,
    revision: spec.revision,
    profile: spec.policy.profile,
    policy: spec.override,
    priority: spec.policy.priority,
    inputJson: hasNoHotRow ? task.inputJson : null,
    inputBlob: task.inputBlob,
    idempotencyKey: task.idempotencyKey,
    launchedAtMs: task.launchedAtMs,
    status: verdict.status,
    cause: verdict.cause,
    reason: verdict.reason,
    isFlaky: isFlaky(task),
    round: history?.round ?? 1,
    trialsTotal: history?.trialsTotal ?? 0,
    trialsCounted: history?.trialsCounted ?? 0,
    trialsLost: history?.trialsLost ?? 0,
    endedAtMs: verdict.endedAtMs,
    lastTrial: task.lastTrial,
  };
}

export function tasksetRowOf(taskset: Taskset): TasksetRow {
  const { facts } = taskset;
  return {
    namespace: facts.namespace,
    id: facts.id,
    name: facts.name,
    class: facts.class,
    profile: facts.profile,
    status: taskset.status,
    cause: taskset.cause,
    definition: facts.definition,
    revision: facts.revision,
    policy: facts.policy,
    limits: facts.limits,
    workspace: facts.workspace,
    muted: facts.muted,
    round: taskset.round,
    counts: { ...taskset.counts },
    firstTask: taskset.firstTask,
    lastTask: taskset.lastTask,
    launchedAtMs: facts.launchedAtMs,
    endedAtMs: taskset.endedAtMs,
  };
}

export function workerRowOf(worker: Worker): WorkerRow {
  const { facts } = worker;
  return {
    namespace: facts.namespace,
    id: facts.id,
    name: facts.name,
    status: worker.status,
    labels: [...worker.labels],
    slots: worker.slots,
    runtimes: [...worker.runtimes],
    session: facts.session,
    secretHash: facts.secretHash,
    isDraining: worker.isDraining,
    quarantines: worker.quarantines,
    joinedAtMs: facts.joinedAtMs,
    lastSeenAtMs: worker.lastSeenAtMs,
  };
}
