import { spawn } from "node:child_process";
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";

/**
 * The tasks of the tests, as one module without imports but Node's own: it is deployed as it stands. What a trial did is
 * written beside it, through to the disk, for the test to look at from outside.
 */
interface Context {
  readonly signal: AbortSignal;
  readonly trial: { readonly id: string; readonly task: string; readonly number: number };
}

interface Noted {
  /** The file to write to. */
  readonly journal: string;
  /** The launch's own number. */
  readonly n?: number;
  readonly forMs?: number;
  /** How long the first trial takes, where it is to be another time. */
  readonly firstForMs?: number;
  /** So many trials fail at their end. */
  readonly failures?: number;
  /** What it has to have alone; default: its task. */
  readonly hold?: string;
}

/** What it was, and who did it. */
interface Output {
  readonly n: number;
  readonly trial: string;
}

type Run = (input: never, context: Context) => unknown;

function write(journal: string, line: string, hold?: string): void {
  const file = openSync(journal, "a");
  const atMs = Number(process.hrtime.bigint() / 1_000n) / 1_000;
  writeSync(file, `${line} ${process.pid} ${atMs}${hold === undefined ? "" : ` ${hold}`}\n`);
  fsyncSync(file);
  closeSync(file);
}

function sleep(forMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, forMs);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("stopped"));
    });
  });
}

/** Notes its beginning and its end. */
async function note(input: Noted, { trial, signal }: Context): Promise<Output> {
  const { journal, n = 0, failures = 0, hold } = input;
  write(journal, `begin ${n} ${trial.id}`, hold);
  signal.addEventListener("abort", () => write(journal, `stop ${n} ${trial.id}`, hold));
  const forMs = (trial.number === 1 ? input.firstForMs : undefined) ?? input.forMs ?? 0;
  if (forMs > 0) await sleep(forMs, signal);
  write(journal, `end ${n} ${trial.id}`, hold);
  if (trial.number <= failures) throw new Error(`trial ${trial.number} fails, as it was told to`);
  return { n, trial: trial.id };
}

/** Holds a name that the kernel frees when the process is gone, so that a second copy beside it cannot go unseen. */
async function alone(input: Noted, context: Context): Promise<Output> {
  const { journal, n = 0, hold = context.trial.task } = input;
  const server = createServer();
  const isAlone = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(`\0capstan-test-${hold}`, () => resolve(true));
  });
  if (!isAlone) write(journal, `overlap ${n} ${context.trial.id}`, hold);
  try {
    return await note({ ...input, hold }, context);
  } finally {
    server.close();
  }
}

function block({ journal, n = 0 }: Noted, { trial }: Context): void {
  write(journal, `begin ${n} ${trial.id}`);
  for (;;);
}

/** Hears no signal of any kind. */
async function deaf({ journal, n = 0 }: Noted, { trial }: Context): Promise<void> {
  process.on("SIGTERM", () => {});
  process.on("SIGINT", () => {});
  write(journal, `begin ${n} ${trial.id}`);
  await sleep(1e8);
}

/** Leaves children in its group, in a group of their own, and in a session of their own. */
async function family({ journal, n = 0 }: Noted, { trial }: Context): Promise<void> {
  const script = "trap '' TERM; sleep 1000 & sleep 1000";
  spawn("sh", ["-c", script], { stdio: "ignore" });
  spawn("setsid", ["sh", "-c", script], { stdio: "ignore", detached: true }).unref();
  appendFileSync(journal, "");
  write(journal, `begin ${n} ${trial.id}`);
  await sleep(1e8);
}

interface Waiting extends Noted {
  /** The file whose coming it waits for. */
  readonly until: string;
}

/** Runs until the file is there; ends at once when it is. */
async function stay({ journal, n = 0, until }: Waiting, { trial }: Context): Promise<number> {
  write(journal, `begin ${n} ${trial.id}`);
  while (!existsSync(until)) await sleep(5);
  write(journal, `end ${n} ${trial.id}`);
  return n;
}

/** Kills the process that it runs in when the file is there. */
async function fatal(input: Waiting, context: Context): Promise<void> {
  await stay(input, context);
  process.kill(process.pid, "SIGKILL");
}

/** Kills its worker when the file is there: its executor's parent is the spawner, and the spawner's is the worker. */
async function fatalToWorker(input: Waiting, context: Context): Promise<void> {
  await stay(input, context);
  const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
  process.kill(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]), "SIGKILL");
  await sleep(1e8);
}

const version = "v1";

const runs: Readonly<Record<string, Run>> = {
  note,
  shared: note,
  alone,
  block,
  deaf,
  family,
  stay,
  fatal,
  fatalToWorker,
  version: () => version,
};

const policies: Readonly<Record<string, object>> = {
  alone: { safeToRerun: false },
  shared: { trialsPerExecutor: 25 },
  stay: { trialsPerExecutor: 25 },
  fatal: { trialsPerExecutor: 25 },
};

const definitions = Object.fromEntries(
  Object.entries(runs).map(([name, run]) => [
    name,
    {
      kind: "capstan.task",
      name,
      run,
      policy: policies[name] ?? {},
      validateInput: (input: unknown) => input,
      validateOutput: (output: unknown) => output,
    },
  ]),
);

export const plugin = { kind: "capstan.plugin", name: "probe", definitions };
