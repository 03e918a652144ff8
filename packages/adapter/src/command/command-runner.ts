/** Runs a command for each file, in a process group of its own, and takes its results from the exit code, JUnit XML or TAP. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { FileCommand } from "@capstan/protocol";
import { exampleId, failureOf, type Failure, type FileOutcome } from "../channel/outcome.js";
import type { FileRun, FileRunner } from "../channel/runner.js";
import { BoundedLines } from "./bounded-lines.js";
import { readJunitFile } from "./junit-file.js";
import { TapReader } from "./tap-reader.js";

/** How long output is awaited after a command has ended. */
const leftOutputMs = 2_000;

export async function loadCommand(root: string): Promise<FileRunner> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-results-"));
  let runs = 0;
  return {
    run: ({ command, ...file }) => {
      if (command === undefined) throw new TypeError("the input has no command: give `command`, a line for the shell");
      return runFile({ ...file, root, command, results: join(folder, `${(runs += 1)}.xml`) });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

interface CommandRun extends Omit<FileRun, "command"> {
  readonly root: string;
  readonly command: FileCommand;
  /** A file that is not there, which the command may write its results to. */
  readonly results: string;
}

async function runFile(run: CommandRun): Promise<FileOutcome> {
  const { root, command, examples: wanted } = run;
  const { form, path } = command.results ?? { form: "exit-code" };
  const results = path === undefined ? run.results : resolve(root, path);
  // What an earlier run has left is not what this one will say.
  if (form === "junit") await rm(results, { force: true });
  const tap = form === "tap" ? new TapReader() : undefined;
  const failure = await runCommand({ ...run, results }, tap);
  if (form === "exit-code") return exitOutcome(relative(root, run.path), failure);
  const told = await (tap?.outcome() ?? readJunitFile(results).catch(unreadable));
  if (path === undefined) await rm(results, { force: true });
  // A command that ends badly because examples failed has said so already.
  const isExplained = told.examples.some(({ status }) => status === "failed");
  const failures = failure === undefined || isExplained ? told.failures : [failure, ...told.failures];
  return { failures, examples: told.examples.filter(({ id }) => wanted?.has(id) ?? true) };
}

/** Ends when the command has, and takes along what it has left in its process group. */
async function runCommand(run: CommandRun, tap: TapReader | undefined): Promise<Failure | undefined> {
  const child = spawn("sh", ["-c", run.command.line], {
    cwd: run.root,
    env: { ...process.env, CAPSTAN_RESULTS: run.results },
    stdio: ["ignore", tap === undefined ? "inherit" : "pipe", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const stop = (): void => endGroup(child, "SIGTERM");
  run.signal.addEventListener("abort", stop);
  if (run.signal.aborted) stop();
  try {
    const read = tap === undefined ? Promise.resolve() : readLines(child, tap);
    const [code, signal] = await exited;
    endGroup(child, "SIGKILL");
    // What has left the group may hold its output open, and is ended when the trial is.
    const timer = setTimeout(() => child.stdout?.destroy(), leftOutputMs);
    await read;
    clearTimeout(timer);
    if (code === 0) return undefined;
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    return { name: "CommandFailed", message: `the command ${how}` };
  } finally {
    run.signal.removeEventListener("abort", stop);
  }
}

/** What it prints is passed on as well, no faster than it is taken. */
async function readLines(child: ChildProcess, tap: TapReader): Promise<void> {
  const stdout = child.stdout!;
  stdout.pipe(process.stdout, { end: false });
  const lines = new BoundedLines((line) => tap.take(line));
  stdout.on("data", (bytes: Buffer) => lines.push(bytes));
  await once(stdout, "close");
  lines.end();
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** The file is its only example. */
function exitOutcome(file: string, failure: Failure | undefined): FileOutcome {
  const example = { id: exampleId(file), name: file, durationMs: 0 };
  if (failure === undefined) return { examples: [{ ...example, status: "passed" }], failures: [] };
  return { examples: [{ ...example, status: "failed", message: failure.message }], failures: [] };
}

function unreadable(thrown: unknown): FileOutcome {
  return { examples: [], failures: [{ ...failureOf(thrown), name: "ResultsUnreadable" }] };
}
