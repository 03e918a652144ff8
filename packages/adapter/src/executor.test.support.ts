/** The program of an adapter as a worker starts it: from a bundle of its files alone, with a socket as descriptor 3. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { type ExampleCounts, type FileInput, FileReport, type FileSequence, makeCheck } from "@capstan/protocol";
import { expect } from "vitest";
import type { Adapter, AdapterName } from "./adapter.js";

/** The root of the fixture suite of a framework. */
export function fixture(name: AdapterName): string {
  return join(import.meta.dirname, "../fixture", name);
}

/** Plugins of this machine are no part of a suite of pytest, and its folder is left as it is. */
export const quiet = { PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1", PYTHONDONTWRITEBYTECODE: "1" };

const checkReport = makeCheck(FileReport, "the report");

export interface Result {
  readonly type: "result" | "exiting";
  /** What it said before. */
  readonly said: readonly Record<string, unknown>[];
  readonly status: string;
  readonly output: FileReport;
  readonly counts: ExampleCounts;
  readonly error?: { readonly name?: string; readonly message: string; readonly stack?: string };
  readonly stdout: string;
  readonly stderr: string;
}

export class TestExecutor {
  readonly child: ChildProcess;
  readonly #bundle: string;
  readonly #worker: Duplex;
  readonly #lines: AsyncIterator<string>;
  readonly #printed = { stdout: "", stderr: "" };
  readonly #ended: Promise<never>;
  #trials = 0;

  private constructor(adapter: Adapter, env: Readonly<Record<string, string>>) {
    this.#bundle = mkdtempSync(join(tmpdir(), "capstan-adapter-"));
    for (const { path, source } of adapter.files) cpSync(source, join(this.#bundle, path));
    const [command = "", ...args] = adapter.command;
    const { PATH, HOME } = process.env;
    this.child = spawn(command, args, {
      cwd: this.#bundle,
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#ended = once(this.child, "exit").then(([code, signal]) => {
      throw new Error(`ended with ${code ?? signal}: ${this.#printed.stderr}`);
    });
    this.#ended.catch(() => undefined);
    this.#worker = this.child.stdio[3] as Duplex;
    this.#lines = createInterface({ input: this.#worker })[Symbol.asyncIterator]();
    for (const name of ["stdout", "stderr"] as const) {
      this.child[name]?.setEncoding("utf8").on("data", (text: string) => (this.#printed[name] += text));
    }
  }

  static async start(adapter: Adapter, env: Readonly<Record<string, string>> = {}): Promise<TestExecutor> {
    const executor = new TestExecutor(adapter, env);
    expect(await executor.#message()).toMatchObject({ type: "ready" });
    return executor;
  }

  /** Runs one file, and checks that its report is one. */
  async run(input: FileInput | FileSequence, options: { onTrial?: (trial: string) => void } = {}): Promise<Result> {
    const trial = `trial_${++this.#trials}`;
    this.send({ type: "trial", trial, task: "task_1", definition: "suite/file", number: 1, round: 1, slot: 0, input });
    options.onTrial?.(trial);
    const said: Record<string, unknown>[] = [];
    for (;;) {
      const message = await this.#message();
      said.push(message);
      expect(message).toMatchObject({ trial });
      if (message["type"] === "result" || message["type"] === "exiting") break;
    }
    // What was printed before the result is in the pipe by now, and is read in this turn.
    await setImmediate();
    const result = { ...said.pop(), said, ...this.#printed } as unknown as Result;
    Object.assign(this.#printed, { stdout: "", stderr: "" });
    if (result.output !== undefined) checkReport(result.output);
    return result;
  }

  send(message: object): void {
    this.#worker.write(`${JSON.stringify(message)}\n`);
  }

  /** Asks it to end, as a worker does that lets it go, and gives all that it said and printed at its end. */
  async leave(): Promise<{ code: number | null; said: Record<string, unknown>[]; stdout: string; stderr: string }> {
    const closed = once(this.child, "close");
    this.send({ type: "close" });
    const said: Record<string, unknown>[] = [];
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next())
      said.push(JSON.parse(line.value) as Record<string, unknown>);
    await closed;
    rmSync(this.#bundle, { recursive: true });
    return { code: this.child.exitCode, said, ...this.#printed };
  }

  /** Closes descriptor 3, as a worker that is gone does, and waits for the end of the program. */
  async close(): Promise<{ code: number | null; signal: string | null }> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, "exit");
      this.#worker.destroy();
      await exited;
    }
    rmSync(this.#bundle, { recursive: true });
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async #next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    // What it ended with is told by its exit.
    return done === true ? await this.#ended : value;
  }

  async #message(): Promise<Record<string, unknown>> {
    const line = await Promise.race([this.#next(), this.#ended]);
    return JSON.parse(line) as Record<string, unknown>;
  }
}

/** Runs a test on a program that ends with it. */
export async function withExecutor(adapter: Adapter, use: (executor: TestExecutor) => Promise<void>): Promise<void> {
  const executor = await TestExecutor.start(adapter, quiet);
  try {
    await use(executor);
  } finally {
    await executor.close();
  }
}

/** Name and status of every example. */
export function statuses({ output }: Result): Record<string, string> {
  return Object.fromEntries(output.examples.map(({ name, status }) => [name, status]));
}

/** Runs a file whose examples fail with all of them muted by name, and with all but the first by id, or by name where ids mute nothing. */
export async function checkMuting(executor: TestExecutor, input: FileInput, by: "id" | "name" = "id"): Promise<void> {
  const failed = (await executor.run(input)).output.examples.filter(({ status }) => status === "failed");
  expect(failed.length).toBeGreaterThan(1);
  const all = await executor.run({ ...input, muted: failed.map(({ name }) => name) });
  expect(all).toMatchObject({ status: "succeeded", counts: { failed: 0 } });
  expect("error" in all).toBe(false);
  const muted = all.output.examples.filter(({ status }) => status === "muted");
  expect(muted.map(({ id }) => id)).toEqual(failed.map(({ id }) => id));
  expect(muted.every(({ message }) => message !== undefined)).toBe(true);
  const [first, ...others] = failed;
  const some = await executor.run({ ...input, muted: others.map((each) => each[by]) });
  expect(some).toMatchObject({ status: "failed", counts: { failed: 1 }, error: { name: "ExamplesFailed" } });
  expect(some.output.examples.filter(({ status }) => status === "failed")).toMatchObject([{ id: first!.id }]);
}
