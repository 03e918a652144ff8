/** The side of a persistent executor that talks: trials come in on file descriptor 3, results go back. */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { FileInput } from "@capstan/protocol";
import { guardChildren } from "./left-children.js";
import { noIsolateFlag } from "./no-isolate-flag.js";
import { failureOf, fileResult } from "./outcome.js";
import type { FileRunner, LoadRunner } from "./runner.js";
import { checkAborted } from "./when-aborted.js";

const descriptor = 3;
/** Less than the worker waits before it kills. */
const closeMs = 700;
const isolates = !process.argv.includes(noIsolateFlag);

interface Message {
  readonly type: string;
  readonly trial: string;
  readonly input?: unknown;
  readonly workspace?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Takes trials until descriptor 3 closes, one at a time, and runs each with the framework of its tree. */
export function serve(load: LoadRunner): void {
  const worker = new Socket({ fd: descriptor, readable: true, writable: true });
  const desk = new TrialDesk(load, (message) => worker.write(`${JSON.stringify(message)}\n`));
  let line = Promise.resolve();
  createInterface({ input: worker, crlfDelay: Infinity }).on("line", (text) => {
    const message = JSON.parse(text) as Message;
    if (message.type === "trial") line = line.then(() => desk.run(message));
    else if (message.type === "stop") desk.stop(message.trial);
    else if (message.type === "close") desk.leave();
  });
  worker.on("error", () => desk.leave());
  worker.on("close", () => desk.leave());
  // A test file that ends the process takes its trial along: say so while there is time.
  process.on("exit", (code) => desk.tellExit(code));
  worker.write(`${JSON.stringify({ type: "ready" })}\n`);
}

class TrialDesk {
  #running: { readonly trial: string; readonly abort: AbortController } | undefined;
  #loaded: { readonly root: string; readonly runner: FileRunner } | undefined;
  /** A stop that comes along with its trial comes before that has begun. */
  #stopped: string | undefined;
  #isLeaving = false;
  readonly #load: LoadRunner;
  readonly #send: (message: object) => void;

  constructor(load: LoadRunner, send: (message: object) => void) {
    this.#load = load;
    this.#send = send;
  }

  async run(message: Message): Promise<void> {
    const { trial } = message;
    const abort = new AbortController();
    this.#running = { trial, abort };
    if (this.#stopped === trial) abort.abort();
    const startedAtMs = performance.now();
    const endChildren = isolates ? guardChildren() : undefined;
    const restore = setEnv(message.env ?? {});
    const outcome = await this.#outcome(message, abort.signal).catch((thrown: unknown) => ({
      examples: [],
      failures: [failureOf(thrown)],
    }));
    const result = fileResult(outcome, {
      durationMs: performance.now() - startedAtMs,
      muted: mutedOf(message.input),
    });
    restore();
    endChildren?.();
    await outputWritten();
    this.#running = undefined;
    this.#send({ type: "result", trial, ...result, rssBytes: process.memoryUsage.rss() });
  }

  stop(trial: string): void {
    this.#stopped = trial;
    if (this.#running?.trial === trial) this.#running.abort.abort();
  }

  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    // What the file started ends with it.
    this.#running?.abort.abort();
    this.#running = undefined;
    setTimeout(() => process.exit(0), closeMs).unref();
    const closed = this.#loaded?.runner.close() ?? Promise.resolve();
    closed.then(
      () => process.exit(0),
      () => process.exit(0),
    );
  }

  tellExit(code: number): void {
    if (this.#running === undefined) return;
    const error = { name: "ProcessExit", message: `the process exited with code ${code} while the file ran` };
    try {
      writeSync(descriptor, `${JSON.stringify({ type: "exiting", trial: this.#running.trial, error })}\n`);
    } catch {
      // The worker is gone, and nobody is left to be told.
    }
  }

  async #outcome({ input, workspace }: Message, signal: AbortSignal): ReturnType<FileRunner["run"]> {
    const { file, root = workspace ?? process.cwd(), examples, part, command } = fileInput(input);
    const askedAtMs = performance.now();
    const isLoaded = this.#loaded?.root === root;
    const runner = await this.#runner(root);
    const loadMs = isLoaded ? 0 : performance.now() - askedAtMs;
    const path = resolve(root, file);
    checkAborted(signal);
    return { ...(await runner.run({ path, examples: examples && new Set(examples), part, command, signal })), loadMs };
  }

  /** The framework stays loaded while trials come from one tree. */
  async #runner(root: string): Promise<FileRunner> {
    if (this.#loaded?.root === root) return this.#loaded.runner;
    await this.#loaded?.runner.close();
    this.#loaded = undefined;
    process.chdir(root);
    const runner = await this.#load(root, { isolates });
    this.#loaded = { root, runner };
    return runner;
  }
}

function fileInput(input: unknown): FileInput {
  const { file, root, examples, part, command } = (input ?? {}) as Partial<FileInput>;
  if (typeof file !== "string" || file === "")
    throw new TypeError("the input names no file: give `file`, a path from the root of the tree");
  return {
    file,
    ...(root !== undefined && { root }),
    ...(examples !== undefined && { examples }),
    ...(part !== undefined && { part }),
    ...(command !== undefined && { command }),
  };
}

/** Read apart, so that an outcome of whatever went wrong has them too. */
function mutedOf(input: unknown): FileInput["muted"] {
  return (input as Partial<FileInput> | null | undefined)?.muted;
}

/** Sets what the trial asks for, and gives back how to undo it. */
function setEnv(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/** What was printed before is out once this resolves: writes are done in order. */
async function outputWritten(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write("", () => done()))),
  );
}
