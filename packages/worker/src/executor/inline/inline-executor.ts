/**
 * Runs trials in the worker's own process: the cheapest way, and not isolated.
 *
 * At the hard limit a trial is settled and its later end ignored, as code in this process cannot be killed. A task that
 * blocks the event loop blocks the worker, and one that crashes the process takes the worker with it. Only what the
 * code writes to its log is captured, not what it prints.
 */
import {
  findDefinition,
  isPlugin,
  findPlugin,
  makeTaskContext,
  runTask,
  type PluginCode,
  type TaskOutcome,
  type TrialFacts,
} from "@capstan/plugin/run";
import { systemClock, type Clock } from "@capstan/protocol";
import { Deadline, stoppedMessage, stoppedStatus } from "../deadline.js";
import type {
  Executor,
  ExecutorExit,
  ExecutorKind,
  ExecutorState,
  OutputStream,
  RunningTrial,
  StopReason,
  TrialEnd,
  Fault,
  TrialEvents,
  TrialOrder,
} from "../executor.js";
import { toStartError } from "../start-error.js";
import { taskEnd, type TaskEnd } from "../task-end.js";
import { TaskParts, type TaskHost } from "../task-host.js";

const noEnv: Readonly<Record<string, string>> = Object.freeze({});
const exitedNormally: ExecutorExit = { cause: "normal" };

class InlineExecutor implements Executor {
  readonly kind = "inline";
  readonly revision: string;
  readonly plugin: PluginCode;
  readonly clock: Clock;
  readonly isSpent = false;
  readonly loadMs = 0;
  readonly exited: Promise<ExecutorExit>;
  /**
   * Trials under way, each knowing its place. An array and not a Set: the tables that a busy Set leaves behind keep ended
   * trials alive until the next full collection, which triples the cost of a trial.
   */
  readonly running: InlineTrial[] = [];
  #isExited = false;
  #exit!: (exit: ExecutorExit) => void;

  constructor(revision: string, plugin: PluginCode, clock: Clock) {
    this.revision = revision;
    this.plugin = plugin;
    this.clock = clock;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
  }

  get state(): ExecutorState {
    if (this.#isExited) return { name: "exited", exit: exitedNormally };
    return this.running.length === 0 ? { name: "idle" } : { name: "busy", trials: this.running.length };
  }

  /** The slots of the worker are the only limit. */
  get seatsFree(): number {
    return this.#isExited ? 0 : Infinity;
  }

  run(order: TrialOrder, events: TrialEvents): RunningTrial {
    const trial = new InlineTrial(this, order, events);
    trial.begin(this.#isExited);
    return trial;
  }

  async close(graceMs: number): Promise<void> {
    this.#isExited = true;
    const running = [...this.running];
    for (const trial of running) trial.stop("shutdown", graceMs);
    await Promise.all(running.map((trial) => trial.ended));
    this.#exit(exitedNormally);
  }
}

class InlineTrial implements RunningTrial, TaskHost {
  readonly ended: Promise<TrialEnd>;
  readonly #executor: InlineExecutor;
  readonly #order: TrialOrder;
  readonly #events: TrialEvents;
  #settle!: (end: TrialEnd) => void;
  #parts: TaskParts | undefined;
  #deadline: Deadline | undefined;
  #startedMs = 0;
  #startedAtMs = 0;
  #isEnded = false;
  /** Index among the running ones; -1 for a trial that was refused. */
  #place = -1;

  constructor(executor: InlineExecutor, order: TrialOrder, events: TrialEvents) {
    this.#executor = executor;
    this.#order = order;
    this.#events = events;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Runs the code; what it does before its first wait happens within this call. */
  begin(isExited: boolean): void {
    const { clock, plugin, running } = this.#executor;
    this.#startedMs = clock.wallMs();
    this.#startedAtMs = clock.monotonicMs();
    if (isExited) return this.#end("error", { error: { message: "the executor is closed" } }, false);
    const definition = findDefinition(plugin, this.#order.definition);
    if (!definition) {
      const message = `the revision has no definition ${this.#order.definition}; deploy one that has it`;
      return this.#end("error", { error: { code: "unknown-definition", message, isRetryable: false } }, false);
    }
    this.#place = running.push(this) - 1;
    this.#parts = new TaskParts(this);
    const outcome = runTask(definition, this.#order.input, makeTaskContext(this.#parts));
    if (!(outcome instanceof Promise)) return this.#finish(outcome);
    const { limits } = this.#order;
    this.#deadline = new Deadline(limits, { soft: (reason) => this.#soft(reason), hard: () => this.#hard() }, clock);
    void outcome.then((late) => this.#finish(late));
  }

  stop(reason: StopReason, graceMs?: number): void {
    this.#deadline?.stop(reason, graceMs);
  }

  /** Nothing of an inline trial is read from a pipe. */
  pauseOutput(): void {}

  #soft(reason: StopReason): void {
    this.#parts?.stop(reason);
  }

  #hard(): void {
    this.#close({ status: "failed" }, true);
  }

  #finish(outcome: TaskOutcome): void {
    this.#close(taskEnd(outcome, this.#parts?.counted), false);
  }

  #close(outcome: TaskEnd, isKilled: boolean): void {
    const reason = this.#deadline?.reason;
    if (reason === undefined) return this.#end(outcome.status, outcome, true);
    const error: Fault = { ...outcome.error, message: stoppedMessage(reason, this.#order.limits, isKilled) };
    this.#end(stoppedStatus(reason), { ...outcome, error }, true);
  }

  #end(status: TrialEnd["status"], outcome: Omit<TaskEnd, "status">, began: boolean): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#deadline?.end();
    const { running, clock } = this.#executor;
    const end: TrialEnd = {
      status,
      timings: { startedMs: this.#startedMs, durationMs: clock.monotonicMs() - this.#startedAtMs },
      began,
      alone: running.length <= 1,
    };
    if (outcome.output !== undefined) end.output = outcome.output;
    if (outcome.error) end.error = outcome.error;
    if (outcome.counts) end.counts = outcome.counts;
    this.#leave();
    this.#settle(end);
  }

  /** Gives its place to the last one. */
  #leave(): void {
    const { running } = this.#executor;
    if (this.#place < 0) return;
    const last = running.pop() as InlineTrial;
    if (last === this) return;
    running[this.#place] = last;
    last.#place = this.#place;
  }

  get facts(): TrialFacts {
    const { trial, task, number, round, definition, revision } = this.#order;
    return { id: trial, task, number, round, definition, revision };
  }

  get env(): Readonly<Record<string, string>> {
    return this.#order.env ?? noEnv;
  }

  get workspace(): string | undefined {
    return this.#order.workspace;
  }

  write(stream: OutputStream, text: string): void {
    if (!this.#isEnded) this.#events.log(stream, Buffer.from(text));
  }

  progress(fraction: number | undefined, note?: string): void {
    if (!this.#isEnded) this.#events.progress(fraction, note);
  }
}

/** The kind `inline`: the revision's plugin object is in this process already. */
export const inlineKind: ExecutorKind = {
  kind: "inline",
  start(revision, resources) {
    try {
      const { module, plugin: name } = revision;
      // The worker has the plugin itself, others the module that exports it.
      const plugin = isPlugin(module) ? module : findPlugin(Object(module) as Record<string, unknown>, name);
      return Promise.resolve(new InlineExecutor(revision.revision, plugin, resources.clock ?? systemClock));
    } catch (error) {
      return Promise.reject(toStartError(error));
    }
  },
};
