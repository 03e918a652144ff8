/**
 * Runs each trial as a process group of its own. Exit code 0 is success; the group and what left it are gone when the
 * trial has ended.
 */
import { resolve } from "node:path";
import type { GroupExit, ProcessGroup, ProcessGroupSpawner, SpawnOrder } from "../../spawner/process-group-spawner.js";
import { systemClock, type Clock } from "@capstan/protocol";
import { Deadline, stoppedMessage, stoppedStatus } from "../deadline.js";
import type {
  Executor,
  ExecutorExit,
  ExecutorKind,
  ExecutorResources,
  ExecutorState,
  LoadedRevision,
  RunningTrial,
  StopReason,
  TrialEnd,
  Fault,
  TrialEvents,
  TrialOrder,
} from "../executor.js";
import { executorLimits } from "../executor-limits.js";
import { requiredSpawner } from "../start-error.js";
import { executorEnv, trialEnv } from "../process/environment.js";
import { leaseOver, memoryError, spawnerDied } from "../process/executor-death.js";
import { commandInput, commandLine, wrongCommandInput } from "./command-input.js";
import { startPersistent } from "./persistent.js";

const exitedNormally: ExecutorExit = { cause: "normal" };

class CommandExecutor implements Executor {
  readonly kind = "command";
  readonly revision: string;
  readonly isSpent = false;
  readonly loadMs = 0;
  readonly exited: Promise<ExecutorExit>;
  readonly running = new Set<CommandTrial>();
  readonly clock: Clock;
  readonly spawner: ProcessGroupSpawner;
  readonly #drainMs: number;
  /** Environment of every command, read from the worker's own once. */
  readonly #env: Readonly<Record<string, string>>;
  readonly #plugin: LoadedRevision;
  #isExited = false;
  #exit!: (exit: ExecutorExit) => void;

  constructor(revision: LoadedRevision, resources: ExecutorResources) {
    this.revision = revision.revision;
    this.#plugin = revision;
    this.spawner = requiredSpawner(resources);
    this.#drainMs = executorLimits(resources).drainMs;
    this.#env = executorEnv(resources, revision.manifest.env);
    this.clock = resources.clock ?? systemClock;
    this.exited = new Promise((settle) => (this.#exit = settle));
  }

  get state(): ExecutorState {
    if (this.#isExited) return { name: "exited", exit: exitedNormally };
    return this.running.size === 0 ? { name: "idle" } : { name: "busy", trials: this.running.size };
  }

  /** The slots of the worker are the only limit. */
  get seatsFree(): number {
    return this.#isExited ? 0 : Infinity;
  }

  run(order: TrialOrder, events: TrialEvents): RunningTrial {
    const trial = new CommandTrial(this, order, events);
    const { manifest } = this.#plugin;
    const wrong = manifest.command ? undefined : wrongCommandInput(order.input);
    if (this.#isExited) trial.refuse("error", { message: "the executor is closed" });
    else if (wrong !== undefined)
      trial.refuse("failed", { name: "InvalidInput", code: "invalid-input", message: wrong, isRetryable: false });
    else trial.begin(this.#spawnOrder(order));
    return trial;
  }

  /** A revision with a program of its own gets the input as JSON on standard input. */
  #spawnOrder(order: TrialOrder): SpawnOrder {
    const { manifest, directory } = this.#plugin;
    const base = order.workspace ?? (directory === "" ? process.cwd() : directory);
    const env = { ...this.#env, ...trialEnv(order) };
    const { memoryBytes } = order.limits;
    const shared = {
      drainMs: this.#drainMs,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(order.lease && { guard: { trial: order.trial, lease: order.lease } }),
    };
    if (manifest.command) {
      return { ...shared, command: manifest.command, cwd: base, env, stdin: JSON.stringify(order.input ?? null) };
    }
    const input = commandInput(order);
    return {
      ...shared,
      command: commandLine(input),
      cwd: input.cwd === undefined ? base : resolve(base, input.cwd),
      env: { ...env, ...input.env },
      ...(input.stdin !== undefined && { stdin: input.stdin }),
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#isExited = true;
    const running = [...this.running];
    for (const trial of running) trial.stop("shutdown", graceMs);
    await Promise.all(running.map((trial) => trial.ended));
    this.#exit(exitedNormally);
  }
}

class CommandTrial implements RunningTrial {
  readonly ended: Promise<TrialEnd>;
  readonly #executor: CommandExecutor;
  readonly #order: TrialOrder;
  readonly #events: TrialEvents;
  readonly #startedMs: number;
  readonly #startedAtMs: number;
  #settle!: (end: TrialEnd) => void;
  #group: ProcessGroup | undefined;
  #deadline: Deadline | undefined;
  #isKilled = false;

  constructor(executor: CommandExecutor, order: TrialOrder, events: TrialEvents) {
    this.#executor = executor;
    this.#order = order;
    this.#events = events;
    this.#startedMs = executor.clock.wallMs();
    this.#startedAtMs = executor.clock.monotonicMs();
    this.ended = new Promise((settle) => (this.#settle = settle));
  }

  begin(order: SpawnOrder): void {
    this.#executor.running.add(this);
    const group = this.#executor.spawner.spawn(order, {
      output: (stream, bytes) => this.#events.log(stream, bytes),
      ended: (exit) => this.#ended(exit),
    });
    this.#group = group;
    const actions = {
      soft: (): void => group.signal("SIGTERM"),
      hard: (): void => {
        this.#isKilled = true;
        group.kill();
      },
    };
    this.#deadline = new Deadline(this.#order.limits, actions, this.#executor.clock);
  }

  stop(reason: StopReason, graceMs?: number): void {
    this.#deadline?.stop(reason, graceMs);
  }

  pauseOutput(isPaused: boolean): void {
    this.#group?.pauseOutput(isPaused);
  }

  /** Ends it without having run anything. */
  refuse(status: "error" | "failed", error: Fault): void {
    this.#end(status, { error, began: false });
  }

  #ended(exit: GroupExit): void {
    this.#deadline?.end();
    this.#executor.running.delete(this);
    const reason = this.#deadline?.reason;
    const facts: Partial<Fault> = {};
    if (exit.code !== null) facts.exitCode = exit.code;
    if (exit.signal !== null) facts.signal = exit.signal;
    const usage = {
      ...(exit.cpuMs !== undefined && { cpuMs: exit.cpuMs }),
      ...(exit.memoryBytesPeak !== undefined && { memoryBytesPeak: exit.memoryBytesPeak }),
    };
    const rest = { usage, began: exit.startFailure === undefined, alone: !exit.isSpawnerLost };
    if (reason !== undefined) {
      const message = stoppedMessage(reason, this.#order.limits, this.#isKilled);
      return this.#end(stoppedStatus(reason), { ...rest, error: { ...facts, message } });
    }
    if (exit.isCutOff)
      return this.#end("cancelled", { ...rest, error: { ...facts, ...leaseOver }, stopReason: "lease" });
    const output = exit.code === null ? {} : { output: { exitCode: exit.code } };
    const [status, error] = judge(exit, this.#order.limits.memoryBytes);
    this.#end(status, { ...rest, ...output, ...(error && { error: { ...facts, ...error } }) });
  }

  #end(status: TrialEnd["status"], rest: Partial<TrialEnd> & { began: boolean }): void {
    const durationMs = this.#executor.clock.monotonicMs() - this.#startedAtMs;
    this.#settle({ status, timings: { startedMs: this.#startedMs, durationMs }, alone: true, ...rest });
  }
}

/** What a process's own end means. */
function judge(exit: GroupExit, memoryBytes: number | undefined): [TrialEnd["status"], Fault?] {
  if (exit.isSpawnerLost) return ["error", spawnerDied];
  if (exit.startFailure) return ["error", { name: exit.startFailure.code, message: exit.startFailure.message }];
  if (exit.memoryBytesExceeded !== undefined) return ["error", memoryError(exit.memoryBytesExceeded, memoryBytes)];
  if (exit.signal !== null)
    return ["error", { name: "Signal", message: `the command was ended by the signal ${exit.signal}` }];
  if (exit.code === 0) return ["succeeded"];
  return ["failed", { name: "ExitCode", message: `the command exited with code ${exit.code}` }];
}

/** The kind `command`: a process group for each trial, or a program that stays up. */
export const commandKind: ExecutorKind = {
  kind: "command",
  async start(revision, resources) {
    if (revision.manifest.persistent) return startPersistent(revision, resources);
    return new CommandExecutor(revision, resources);
  },
};
