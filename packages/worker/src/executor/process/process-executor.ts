/**
 * An executor that is a process of its own and takes trials on its file descriptor 3: the kind `node`, and programs of
 * the persistent kind of `command`. It is killed with everything in it when a trial of it reaches its hard limit.
 */
import type { Socket } from "node:net";
import { LineReader, LineWriter } from "../../spawner/json-lines.js";
import type { GroupExit, ProcessGroup, SpawnOrder } from "../../spawner/process-group-spawner.js";
import { systemClock, type CapstanError, type Clock } from "@capstan/protocol";
import type {
  Executor,
  ExecutorExit,
  ExecutorKindName,
  ExecutorLimits,
  ExecutorResources,
  ExecutorState,
  OutputStream,
  RunningTrial,
  Fault,
  TrialEvents,
  TrialOrder,
} from "../executor.js";
import { executorLimits } from "../executor-limits.js";
import { killedError, requiredSpawner, startError } from "../start-error.js";
import {
  readFromExecutor,
  type FromExecutor,
  type ReadyMessage,
  type ResultMessage,
  type ToExecutor,
} from "./message.js";
import { deathOf, isKilledByOthers, type DeathCause } from "./executor-death.js";
import { MemoryAllowance } from "./memory-allowance.js";
import { ProcessTrial } from "./process-trial.js";
import { RunningTrials } from "./running-trials.js";

export interface ProcessExecutorOptions {
  kind: ExecutorKindName;
  revision: string;
  order: SpawnOrder;
  resources: ExecutorResources;
  /** Trials at a time at most; the process may say fewer. */
  seatsMax: number;
  /** Sent before anything else. */
  load?: (limits: ExecutorLimits) => ToExecutor;
}

/** How long a process may take to end after it was asked to, unless it asked for more. */
const closeMsDefault = 1_000;
/** What is kept of output that belongs to no trial, to explain a failure. */
const strayOutputMax = 8 * 1024;

export class ProcessExecutor implements Executor {
  readonly kind: ExecutorKindName;
  readonly revision: string;
  readonly exited: Promise<ExecutorExit>;
  loadMs = 0;
  #closeMs: number | undefined;
  readonly #options: ProcessExecutorOptions;
  readonly #limits: ExecutorLimits;
  readonly #clock: Clock;
  readonly #group: ProcessGroup;
  readonly #writer: LineWriter;
  readonly #running = new RunningTrials();
  #socket: Socket | undefined;
  #definitions: Set<string> | undefined;
  #seats = 1;
  #trialsStarted = 0;
  #state: "starting" | "running" | "closing" = "starting";
  #isSpent = false;
  #isBroken = false;
  #exit: ExecutorExit | undefined;
  #settleExited!: (exit: ExecutorExit) => void;
  #started!: { resolve: () => void; reject: (error: CapstanError) => void };
  #results: { trial: ProcessTrial; result: ResultMessage; isAlone: boolean }[] = [];
  #strayOutput = Buffer.alloc(0);
  /** Why it is being killed, or said that it would end. */
  #cause: DeathCause | undefined;
  readonly #memory: MemoryAllowance;

  /**
   * Starts the process and waits until it says that it is ready.
   * @throws CapstanError `executor-start-failed`, `revision-load-failed`
   */
  static async start(options: ProcessExecutorOptions): Promise<ProcessExecutor> {
    const executor = new ProcessExecutor(options);
    await executor.#ready();
    return executor;
  }

  private constructor(options: ProcessExecutorOptions) {
    this.kind = options.kind;
    this.revision = options.revision;
    this.#options = options;
    this.#limits = executorLimits(options.resources);
    this.#clock = options.resources.clock ?? systemClock;
    this.exited = new Promise((resolve) => (this.#settleExited = resolve));
    this.#writer = new LineWriter((lines) => this.#socket?.write(lines));
    const order = { ...options.order, hasControl: true, drainMs: this.#limits.drainMs };
    this.#group = requiredSpawner(options.resources).spawn(order, {
      output: (stream, bytes) => this.#output(stream, bytes),
      control: (socket) => this.#connect(socket),
      ended: (exit) => this.#ended(exit),
    });
    this.#memory = new MemoryAllowance(this.#group, this.#clock);
  }

  get pid(): number | undefined {
    return this.#group.pid;
  }

  get closeMs(): number | undefined {
    return this.#closeMs;
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  get state(): ExecutorState {
    if (this.#exit) return { name: "exited", exit: this.#exit };
    if (this.#state === "starting") return { name: "starting" };
    return this.#running.size === 0 ? { name: "idle" } : { name: "busy", trials: this.#running.size };
  }

  get seatsFree(): number {
    const isTaking = this.#state === "running" && !this.#isSpent && !this.#cause && !this.#exit;
    return isTaking ? Math.max(0, this.#seats - this.#running.size) : 0;
  }

  async #ready(): Promise<void> {
    const startedAtMs = this.#clock.monotonicMs();
    const timer = this.#clock.setTimer(this.#limits.loadMs, () => {
      this.#kill("timeout", { message: `the executor was not ready after ${this.#limits.loadMs} ms` });
    });
    try {
      await new Promise<void>((resolve, reject) => (this.#started = { resolve, reject }));
    } finally {
      timer.cancel();
    }
    this.loadMs = this.#clock.monotonicMs() - startedAtMs;
    this.#state = "running";
    if (this.kind === "command") this.#group.keepOrphans();
  }

  #connect(socket: Socket): void {
    this.#socket = socket;
    const reader = new LineReader(this.#limits.lineBytesMax, (message) => this.#receive(readFromExecutor(message)));
    socket.on("data", (bytes: Buffer) => {
      if (this.#isBroken) return;
      try {
        reader.push(bytes);
      } catch (error) {
        this.#break(`the executor sent garbage: ${(error as Error).message}`);
      }
    });
    if (this.#options.load) this.#writer.send(this.#options.load(this.#limits));
  }

  #receive(message: FromExecutor): void {
    switch (message.type) {
      case "ready":
        return this.#becomeReady(message);
      case "failed":
        return this.#kill("failure", { ...message.error, name: message.error.name ?? "RevisionLoad" });
      case "exiting":
        this.#cause ??= { cause: "failure", error: message.error };
        return;
      case "log": {
        const trial = this.#running.find(message.trial);
        trial?.said();
        const bytes =
          message.base64 === undefined ? Buffer.from(message.text ?? "") : Buffer.from(message.base64, "base64");
        if (trial) trial.events.log(message.stream, bytes);
        else this.#keepStray(bytes);
        return;
      }
      case "progress": {
        const trial = this.#running.find(message.trial);
        trial?.said();
        const fraction = message.fraction ?? undefined;
        const bounded = fraction === undefined ? undefined : Math.min(1, Math.max(0, fraction));
        return trial?.events.progress(bounded, message.note);
      }
      case "preparing":
        return this.#running.find(message.trial)?.prepare(Math.min(message.limitMs, this.#limits.prepareMsMax));
      case "prepared":
        if (this.#running.find(message.trial)?.prepared() === true) this.#group.keepOrphans();
        return;
      case "result":
        return this.#result(message);
    }
  }

  #becomeReady(message: ReadyMessage): void {
    this.#seats = Math.min(this.#options.seatsMax, message.trials ?? 1);
    this.#definitions = message.definitions && new Set(message.definitions);
    if (message.closeMs !== undefined) this.#closeMs = Math.min(message.closeMs, this.#limits.closeMsMax);
    this.#started.resolve();
  }

  run(order: TrialOrder, events: TrialEvents): RunningTrial {
    const trial = new ProcessTrial(order, events, this.#clock);
    const refusal = this.#refusal(order);
    if (refusal) {
      trial.die(refusal, { isAlone: true, began: false });
      return trial;
    }
    this.#running.add(trial);
    this.#strayOutput = Buffer.alloc(0);
    if (++this.#trialsStarted >= this.#limits.trialsMax) this.#isSpent = true;
    this.#memory.share(this.#running);
    if (order.lease) this.#group.guard({ trial: order.trial, lease: order.lease });
    const { trial: id, task, definition, revision, number, round, slot, input, workspace, env, limits } = order;
    this.#writer.send({
      type: "trial",
      trial: id,
      task,
      definition,
      revision,
      number,
      round,
      slot,
      input,
      ...(workspace !== undefined && { workspace }),
      ...(env && { env }),
      limits: { softMs: limits.softMs, hardMs: limits.hardMs },
    } satisfies ToExecutor);
    trial.begin({
      soft: (reason, graceMs) => {
        // Code that overruns may have to be killed; nothing new shall die with it.
        if (reason === "timeout") this.#isSpent = true;
        this.#writer.send({ type: "stop", trial: id, reason, graceMs } satisfies ToExecutor);
      },
      hard: () => {
        const message = "the executor was killed because another trial in it did not end when asked to";
        this.#kill("timeout", { name: "ExecutorKilled", message });
      },
    });
    return trial;
  }

  #refusal(order: TrialOrder): Fault | undefined {
    const name = order.definition.slice(order.definition.indexOf("/") + 1);
    if (this.#definitions && !this.#definitions.has(name)) {
      const message = `the revision has no definition ${order.definition}; deploy one that has it`;
      return { name: "UnknownDefinition", code: "unknown-definition", message, isRetryable: false };
    }
    if (this.#running.find(order.trial)) return { message: `the trial ${order.trial} runs here already` };
    if (this.seatsFree === 0) return { message: "the executor has no free seat; look at seatsFree first" };
    return undefined;
  }

  /** Notes a result, and settles it once the pipes have been read that far: both arrive in the same turn. */
  #result(result: ResultMessage): void {
    const trial = this.#running.find(result.trial);
    if (!trial) {
      return this.#break(`the executor reported on a trial that does not run in it: ${result.trial.slice(0, 80)}`);
    }
    const isAlone = this.#running.size === 1;
    trial.disarm();
    if (trial.order.lease) this.#group.unguard(trial.order.trial);
    if ((result.rssBytes ?? 0) > this.#limits.rssBytesMax) this.#isSpent = true;
    if (this.#results.push({ trial, result, isAlone }) === 1) setImmediate(() => this.#settleResults());
  }

  #settleResults(): void {
    const results = this.#results;
    this.#results = [];
    for (const { trial, result, isAlone } of results) {
      this.#running.delete(trial);
      trial.finish(result, isAlone);
    }
    if (this.#running.size > 0 || this.#exit) return;
    // Nobody else runs in it: what was left behind is what these trials have left. Code of a plugin is not looked after so.
    if (results.length > 0 && this.kind === "command") this.#group.killOrphans();
    if (this.#isSpent) void this.close(0);
    else this.#memory.share(this.#running);
  }

  /** Output that came through the pipes, past all attribution: it is the sole trial's, or everybody's with a tag. */
  #output(stream: OutputStream, bytes: Buffer): void {
    const trials = [...this.#running];
    if (trials.length === 0) return this.#keepStray(bytes);
    if (trials.length === 1) return trials[0]?.events.log(stream, bytes);
    const tag = Buffer.from(`[capstan: printed by one of ${trials.length} trials in this executor]\n`);
    for (const trial of trials) {
      trial.events.log(stream, tag);
      trial.events.log(stream, bytes);
    }
  }

  #keepStray(bytes: Buffer): void {
    this.#strayOutput = Buffer.concat([this.#strayOutput, bytes]).subarray(-strayOutputMax);
  }

  /** Nothing that it says can be believed any more. */
  #break(message: string): void {
    this.#isBroken = true;
    this.#kill("failure", { name: "ExecutorProtocol", message });
  }

  #kill(cause: ExecutorExit["cause"], error: Fault): void {
    this.#cause ??= { cause, error };
    this.#group.kill();
  }

  async close(graceMs: number): Promise<void> {
    const isFirst = this.#state !== "closing";
    this.#state = "closing";
    const running = [...this.#running];
    for (const trial of running) trial.stop("shutdown", graceMs);
    if (isFirst) {
      await Promise.all(running.map((trial) => trial.ended));
      this.#writer.send({ type: "close" } satisfies ToExecutor);
      const limitMs = this.#closeMs ?? closeMsDefault;
      const timer = this.#clock.setTimer(limitMs, () => this.#kill("killed", { message: "the executor did not end" }));
      await this.exited;
      timer.cancel();
    }
    await this.exited;
  }

  kill(): void {
    this.#kill("killed", { message: "the executor was ended at once" });
  }

  #ended(exit: GroupExit): void {
    this.#memory.end();
    const memoryBytesMax = this.#memory.memoryBytes;
    const { cause, error } = deathOf(exit, {
      cause: this.#cause,
      isClosing: this.#state === "closing",
      memoryBytesMax,
    });
    const output = this.#strayOutput.toString("utf8");
    this.#exit = {
      cause,
      message: error.message,
      ...(output !== "" && { output }),
      ...(exit.code !== null && { exitCode: exit.code }),
      ...(exit.signal !== null && { signal: exit.signal }),
    };
    this.#settleResults();
    const isAlone = this.#running.size === 1 && !exit.isSpawnerLost;
    const { memoryBytesPeak, isCutOff = false } = exit;
    for (const trial of this.#running.clear()) trial.die(error, { isAlone, memoryBytesPeak, isCutOff });
    const isKilled = this.#cause === undefined && isKilledByOthers(exit);
    this.#started.reject(isKilled ? killedError(error.message) : startErrorOf(exit, error, output));
    this.#settleExited(this.#exit);
  }
}

function startErrorOf(exit: GroupExit, error: Fault, output: string): CapstanError {
  const isLoad = error.name !== "ExecutorDied" && !exit.startFailure;
  return startError(isLoad ? "revision-load-failed" : "executor-start-failed", error.message, output);
}
