/**
 * Runs trials in the worker's own process: the cheapest way, and not isolated.
 *
 * At the hard limit a trial is settled and its later end ignored, as code in this process cannot be killed. A task that
 * blocks the event loop blocks the worker, and one that crashes the process takes the worker with it. Only what the
 * code writes to its log is captured, not what it prints.
 */
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
  TrialError,
  TrialEvents,
  TrialOrder,
} from "../executor.js";
import { ExecutorStartError } from "../executor-start-error.js";
import { findDefinition, findPlugin, type RunnablePlugin } from "../plugin-shape.js";
import { TaskContext, type TaskHost, type TrialFacts } from "../task-context.js";
import { runTask, type TaskOutcome } from "../task-run.js";

const noEnv: Readonly<Record<string, string>> = Object.freeze({});
const exitedNormally: ExecutorExit = { cause: "normal" };

class InlineExecutor implements Executor {
  readonly kind = "inline";
  readonly revision: string;
  readonly plugin: RunnablePlugin;
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

  constructor(revision: string, plugin: RunnablePlugin, clock: Clock) {
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
  #context: TaskContext | undefined;
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
      return this.#end("error", { error: { message, retryable: false } }, false);
    }
    this.#place = running.push(this) - 1;
    this.#context = new TaskContext(this);
    const outcome = runTask(definition, this.#order.input, this.#context);
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
    if (this.#context) TaskContext.stop(this.#context, reason);
  }

  #hard(): void {
    this.#finish({ status: "failed" }, true);
  }

  #finish(outcome: TaskOutcome, isKilled = false): void {
    const reason = this.#deadline?.reason;
    if (reason === undefined) return this.#end(outcome.status, outcome, true);
    const error: TrialError = { ...outcome.error, message: stoppedMessage(reason, this.#order.limits, isKilled) };
    this.#end(stoppedStatus(reason), { ...outcome, error }, true);
  }

  #end(status: TrialEnd["status"], outcome: Omit<TaskOutcome, "status">, began: boolean): void {
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
      const plugin = findPlugin(revision.module);
      return Promise.resolve(new InlineExecutor(revision.revision, plugin, resources.clock ?? systemClock));
    } catch (error) {
      return Promise.reject(new ExecutorStartError("revision-load-failed", (error as Error).message));
    }
  },
};
