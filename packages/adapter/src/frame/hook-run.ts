/** One run of a hook: a script in a process group of its own, whose output is passed on. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { failureOf, type Failure } from "../channel/outcome.js";
import type { HookName } from "./hooks.js";
import { VariableFile } from "./variable-file.js";

export interface HookOrder {
  readonly name: HookName;
  readonly script: string;
  /** Where it runs. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

export interface HookEnd {
  readonly failure?: Failure;
  /** What it has left for the files. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The end of its output, told with its failure. */
const tailCharacters = 4_096;
/** Between the request to end and the kill. */
const graceMs = 2_000;
/** How long output is awaited after it has ended: what it has started may hold the pipes. */
const leftOutputMs = 100;

/** Runs a hook to its end. Never rejects. What it has started and left stays. */
export async function runHook(order: HookOrder): Promise<HookEnd> {
  const file = await VariableFile.make();
  try {
    const failure = await runScript(order, file.path);
    return failure === undefined ? { variables: await file.read() } : { failure, variables: {} };
  } catch (error) {
    return { failure: failed(order.name, failureOf(error).message), variables: {} };
  } finally {
    await file.remove();
  }
}

async function runScript(order: HookOrder, variables: string): Promise<Failure | undefined> {
  const { name, script, root, timeoutMs, signal } = order;
  const env = { ...order.env, CAPSTAN_HOOK: name, CAPSTAN_WORKSPACE: root, CAPSTAN_ENV: variables };
  const child = spawn("/bin/sh", ["-e", "-c", script], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let why: string | undefined;
  const end = (reason: string): void => {
    why ??= reason;
    endGroup(child);
  };
  const timer = setTimeout(() => end(`took longer than ${timeoutMs} ms`), timeoutMs);
  const abort = (): void => end("was stopped");
  signal?.addEventListener("abort", abort);
  if (signal?.aborted === true) abort();
  const tail = passOn(child);
  const [code, ended] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  const text = await tail();
  if (why === undefined && code === 0) return undefined;
  why ??= ended === null ? `ended with exit code ${code}` : `was ended by ${ended}`;
  return failed(name, text === "" ? why : `${why}\n${text}`);
}

function failed(name: HookName, why: string): Failure {
  return { name: "HookFailed", message: `the hook ${name} ${why}` };
}

/** Prints what it prints, and remembers the end of that. Calling what it gives waits for the rest. */
function passOn(child: ChildProcess): () => Promise<string> {
  let tail = "";
  const closed = (["stdout", "stderr"] as const).map((stream) => {
    const source = child[stream]!;
    source.setEncoding("utf8").on("data", (text: string) => {
      process[stream].write(text);
      tail = (tail + text).slice(-tailCharacters);
    });
    return new Promise((resolve) => source.once("close", resolve));
  });
  return async () => {
    const late = new Promise((resolve) => setTimeout(resolve, leftOutputMs).unref());
    await Promise.race([Promise.all(closed), late]);
    return tail.trim();
  };
}

function endGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended by itself.
    }
  };
  send("SIGTERM");
  const timer = setTimeout(() => send("SIGKILL"), graceMs);
  child.once("exit", () => clearTimeout(timer));
}
