/** The program around that of an adapter: it starts it for a tree, between the hooks, and passes on what is said. */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { FileSequence } from "@capstan/protocol";
import { failureOf, type Failure } from "../channel/outcome.js";
import { runHook, type HookEnd } from "./hook-run.js";
import type { HookName, Hooks } from "./hooks.js";
import { InnerProgram, type InnerExit } from "./inner-program.js";

export interface Frame {
  readonly hooks: Hooks;
  /** Starts the program of the adapter. */
  readonly command: readonly string[];
}

interface Message {
  readonly type: string;
  readonly trial: string;
  readonly input?: Partial<FileSequence> | null;
  readonly workspace?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A tree whose hook before all has run. */
interface Stage {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly program: InnerProgram;
}

const descriptor = 3;
/** What starting and ending the inner program, and killing a hook, may take beside the hooks. */
const startMs = 30_000;
const endMs = 9_000;

/** Takes trials until descriptor 3 closes, and passes them on to the program of the adapter. */
export function serveFramed(frame: Frame): void {
  const worker = new Socket({ fd: descriptor, readable: true, writable: true });
  const desk = new FrameDesk(frame, worker);
  createInterface({ input: worker, crlfDelay: Infinity }).on("line", (text) =>
    desk.take(JSON.parse(text) as Message, text),
  );
  // Nobody is left to end a hook; what the worker started is ended by others.
  worker.on("error", () => process.exit(0));
  worker.on("close", () => process.exit(0));
  desk.send({ type: "ready", closeMs: endMs + (frame.hooks.afterAll ? frame.hooks.timeoutMs : 0) });
}

class FrameDesk {
  readonly #frame: Frame;
  readonly #worker: Socket;
  #line: Promise<void> = Promise.resolve();
  #stage: Stage | undefined;
  /** Takes the result of a file before the one that the trial is about. */
  #asking: ((result: string) => void) | undefined;
  #stopped: string | undefined;
  #preparing: { readonly trial: string; readonly abort: AbortController } | undefined;

  constructor(frame: Frame, worker: Socket) {
    this.#frame = frame;
    this.#worker = worker;
  }

  send(message: object): void {
    this.#worker.write(`${JSON.stringify(message)}\n`);
  }

  take(message: Message, text: string): void {
    const { type, trial } = message;
    if (type === "trial") this.#then(() => this.#run(message, text));
    else if (type === "close") this.#then(() => this.#leave());
    else if (type === "stop") this.#stop(trial, text);
    else this.#stage?.program.send(text);
  }

  #stop(trial: string, text: string): void {
    this.#stopped = trial;
    if (this.#preparing?.trial === trial) this.#preparing.abort.abort();
    else this.#stage?.program.send(text);
  }

  #then(act: () => Promise<void>): void {
    this.#line = this.#line.then(act).catch((error: unknown) => this.#giveUp(failureOf(error)));
  }

  async #run(message: Message, text: string): Promise<void> {
    const root = message.input?.root ?? message.workspace ?? process.cwd();
    if (this.#stage?.root !== root) await this.#enter(message, root);
    const { before = [], ...input } = message.input ?? {};
    // Stopped while the program started: no file before runs, and the one that the trial is about is ended at once.
    const isStopped = this.#stopped === message.trial;
    if (before.length === 0) this.#stage?.program.send(text);
    else if (isStopped) this.#stage?.program.send(JSON.stringify({ ...message, input }));
    else await this.#runAfter(before, { ...message, input });
    if (isStopped) this.#stage?.program.send(JSON.stringify({ type: "stop", trial: message.trial }));
  }

  async #enter(message: Message, root: string): Promise<void> {
    const abort = new AbortController();
    this.#preparing = { trial: message.trial, abort };
    await this.#prepare(message, { root, signal: abort.signal });
    this.#preparing = undefined;
  }

  /** Runs files before the one that the trial is about; one of them that is stopped ends the trial. */
  async #runAfter(before: FileSequence["before"], message: Message): Promise<void> {
    const { trial } = message;
    for (const [at, { file, command }] of before.entries()) {
      this.send({ type: "progress", trial, fraction: at / (before.length + 1), note: file });
      const { examples: _, part: __, ...rest } = message.input ?? {};
      const input = { ...rest, file, ...(command !== undefined && { command }) };
      const result = await this.#ask({ ...message, input });
      if (this.#stopped !== trial) continue;
      this.#worker.write(`${result}\n`);
      return;
    }
    this.send({ type: "progress", trial, fraction: before.length / (before.length + 1), note: message.input?.file });
    this.#stage?.program.send(JSON.stringify(message));
  }

  /** Runs one of several files; gives its result, of which the worker hears nothing. */
  #ask(message: Message): Promise<string> {
    return new Promise((resolve) => {
      this.#asking = resolve;
      this.#stage?.program.send(JSON.stringify(message));
    });
  }

  #said(text: string): void {
    const asking = this.#asking;
    if (asking === undefined || (JSON.parse(text) as Message).type !== "result") this.#worker.write(`${text}\n`);
    else {
      this.#asking = undefined;
      asking(text);
    }
  }

  async #prepare(
    { trial, env }: Message,
    { root, signal }: { readonly root: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const { command, hooks } = this.#frame;
    this.send({ type: "preparing", trial, limitMs: 2 * hooks.timeoutMs + startMs });
    const left = await this.#end();
    // The tree before is not this trial's concern.
    if (left !== undefined) process.stderr.write(`${left.message}\n`);
    const given = { ...process.env, ...env };
    const { failure, variables } = await this.#hook("beforeAll", { root, env: given, signal });
    if (failure !== undefined) return this.#giveUp(failure);
    const whole = { ...given, ...variables };
    const program = await InnerProgram.start({
      command,
      env: whole,
      onLine: (text) => this.#said(text),
      onDeath: (exit) => this.#die(exit),
    });
    this.#stage = { root, env: whole, program };
    this.send({ type: "prepared", trial });
  }

  /** Ends the program of the present tree, and runs the hook after it; gives what went wrong. */
  async #end(): Promise<Failure | undefined> {
    const stage = this.#stage;
    if (stage === undefined || stage.program.isDead) return undefined;
    this.#stage = undefined;
    await stage.program.close();
    return (await this.#hook("afterAll", stage)).failure;
  }

  async #hook(name: HookName, place: Pick<Stage, "root" | "env"> & { signal?: AbortSignal }): Promise<HookEnd> {
    const { [name]: script = "", timeoutMs } = this.#frame.hooks;
    if (script === "") return { variables: {} };
    return runHook({ name, script, timeoutMs, ...place });
  }

  async #leave(): Promise<void> {
    const failure = await this.#end();
    if (failure !== undefined) {
      // No trial is told: it stands under what the hook has printed.
      process.stderr.write(`${failure.message.split("\n")[0]}\n`);
      return this.#giveUp(failure);
    }
    this.#worker.end(() => process.exit(0));
  }

  /** Ends, and says why; a trial that waits for this ends with it. */
  async #giveUp(error: Failure): Promise<void> {
    const trial = this.#preparing?.trial;
    this.send({ type: "exiting", error, ...(trial !== undefined && { trial }) });
    await new Promise<void>((resolve) => this.#worker.end(resolve));
    process.exit(1);
  }

  /** Ends as the program did: what the worker makes of it is the same. */
  #die({ code, signal }: InnerExit): void {
    this.#worker.end(() => {
      if (signal !== null) process.kill(process.pid, signal);
      process.exit(code ?? 1);
    });
  }
}
