/**
 * The process of a `node` executor: loads one revision and runs its trials. It speaks over file descriptor 3 and ends
 * when that closes, for then its worker is gone.
 */
import { Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  faultOf,
  findDefinition,
  findPlugin,
  makeTaskContext,
  runTask,
  type PluginCode,
  type TaskOutcome,
  type TrialFacts,
} from "@capstan/plugin/run";
import { LineReader } from "../../spawner/json-lines.js";
import type { OutputStream, Fault } from "../executor.js";
import type { ResultMessage, ToExecutor, TrialMessage } from "../process/message.js";
import { taskEnd } from "../task-end.js";
import { TaskParts, type TaskHost } from "../task-host.js";
import { catchOutput, currentTrial, endAttribution, runAttributed, runningTrials, sendOutput } from "./attribution.js";
import { send, sendLine } from "./channel.js";

/** The worker is trusted; inputs are bounded by the engine. */
const inputLineBytesMax = 256 * 1024 * 1024;
/** The memory of the process is measured this often at most. */
const rssEveryMs = 250;

let plugin: PluginCode | undefined;
let lineBytesMax = 0;
let rssMeasuredAtMs = -Infinity;
const trials = new Map<string, ChildTrial>();

class ChildTrial implements TaskHost {
  readonly trial: string;
  readonly facts: TrialFacts;
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string | undefined;
  readonly parts: TaskParts;
  /** CPU time of the process when it began, as long as it has been alone since. */
  cpuAtStart: NodeJS.CpuUsage | undefined;

  constructor(message: TrialMessage) {
    const { trial, task, number, round, definition, revision, env, workspace } = message;
    this.trial = trial;
    this.facts = { id: trial, task, number, round, definition, revision };
    this.env = env ?? {};
    this.workspace = workspace;
    this.parts = new TaskParts(this);
  }

  write(stream: OutputStream, text: string): void {
    if (trials.has(this.trial)) sendOutput(this.trial, stream, text);
  }

  progress(fraction: number | undefined, note?: string): void {
    if (!trials.has(this.trial)) return;
    const known = fraction === undefined ? {} : { fraction };
    send({ type: "progress", trial: this.trial, ...known, ...(typeof note === "string" && { note }) });
  }
}

async function load(message: Extract<ToExecutor, { type: "load" }>): Promise<void> {
  lineBytesMax = message.lineBytesMax;
  try {
    const file = join(message.directory, message.entry);
    plugin = findPlugin(await import(pathToFileURL(file).href), `the module ${message.entry}`);
    send({ type: "ready", trials: 1_000_000, definitions: Object.keys(plugin.definitions) });
  } catch (thrown) {
    const error = faultOf(thrown);
    end(1, { ...error, message: `the revision could not be loaded: ${error.message}` }, "failed");
  }
}

/** Takes a trial. Each begins in a turn of its own, so that what ended before it has been reported. */
function take(message: TrialMessage): void {
  const trial = new ChildTrial(message);
  trials.set(trial.trial, trial);
  setImmediate(begin, trial, message);
}

function begin(trial: ChildTrial, message: TrialMessage): void {
  const definition = plugin && findDefinition(plugin, message.definition);
  if (!definition) {
    const problem = `the plugin has no definition ${message.definition}`;
    const error = { name: "UnknownDefinition", code: "unknown-definition", message: problem, isRetryable: false };
    return finish(trial, { status: "failed", error });
  }
  const isAlone = runningTrials() === 0;
  if (!isAlone) for (const other of trials.values()) other.cpuAtStart = undefined;
  trial.cpuAtStart = isAlone ? process.cpuUsage() : undefined;
  runAttributed(trial, () => {
    const outcome = runTask(definition, message.input, makeTaskContext(trial.parts));
    if (outcome instanceof Promise) void outcome.then((late) => finish(trial, late));
    else finish(trial, outcome);
  });
}

function finish(trial: ChildTrial, outcome: TaskOutcome): void {
  trials.delete(trial.trial);
  endAttribution(trial);
  const result: ResultMessage = { type: "result", trial: trial.trial, ...taskEnd(outcome, trial.parts.counted) };
  if (trial.cpuAtStart) {
    const { user, system } = process.cpuUsage(trial.cpuAtStart);
    result.cpuMs = (user + system) / 1000;
  }
  const nowMs = performance.now();
  if (nowMs - rssMeasuredAtMs > rssEveryMs) {
    rssMeasuredAtMs = nowMs;
    result.rssBytes = process.memoryUsage.rss();
  }
  sendLine(resultLine(result));
}

function resultLine(result: ResultMessage): string {
  const refuse = (message: string): string => {
    const { type, trial } = result;
    const error = { name: "InvalidOutput", code: "invalid-output", message, isRetryable: false };
    return JSON.stringify({ type, trial, status: "failed", error } satisfies ResultMessage);
  };
  try {
    const line = JSON.stringify(result);
    if (Buffer.byteLength(line) < lineBytesMax) return line;
    return refuse(`the output is larger than ${lineBytesMax} bytes; write it to a file and return where it is`);
  } catch (thrown) {
    return refuse(`the output is no JSON: ${faultOf(thrown).message}`);
  }
}

/** Says why the process ends, and ends it. */
function end(code: number, error: Fault, type: "exiting" | "failed" = "exiting"): never {
  const trial = currentTrial()?.trial;
  if (type === "failed") send({ type, error });
  else send({ type, error, ...(trial !== undefined && { trial }) });
  process.reallyExit(code);
}

function crash(thrown: unknown, origin: string): void {
  const error = faultOf(thrown);
  process.stderr.write(`${error.stack ?? error.message}\n`);
  const kind =
    origin === "unhandledRejection"
      ? "a promise was rejected and nobody handled it"
      : "an error was thrown and nobody caught it";
  end(1, { ...error, message: `${kind}: ${error.message}` });
}

function receive(message: ToExecutor): void {
  switch (message.type) {
    case "load":
      return void load(message);
    case "trial":
      return take(message);
    case "stop": {
      const trial = trials.get(message.trial);
      if (trial) runStop(trial, message.reason);
      return;
    }
    case "close":
      return process.reallyExit(0);
  }
}

/** Listeners of the signal belong to the trial, and what they throw must not end the others. */
function runStop(trial: ChildTrial, reason: string): void {
  runAttributed(trial, () => trial.parts.stop(reason));
}

process.title = "capstan-executor";
catchOutput("stdout");
catchOutput("stderr");
process.on("uncaughtException", crash);
process.on("exit", (code) => {
  // Only the code of a task can get here: this process ends by reallyExit.
  end(code, {
    name: "ProcessExit",
    message: `the task called process.exit(${code}); throw an error instead to fail`,
    exitCode: code,
  });
});

const control = new Socket({ fd: 3, readable: true, writable: true });
const reader = new LineReader(inputLineBytesMax, (message) => receive(message as ToExecutor));
control.on("data", (bytes: Buffer) => reader.push(bytes));
control.on("error", () => undefined);
control.on("close", () => {
  // The worker is gone, and its spawner may be too: this process takes its group along.
  process.kill(-process.pid, "SIGKILL");
});
