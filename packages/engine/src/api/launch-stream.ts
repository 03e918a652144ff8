import { CapstanError, limits, makeCheck, TasksetHeader, TasksetTask, type TasksetLaunched } from "@capstan/protocol";
import type { OpenTaskset } from "../engine/operations.js";
import { parseJsonText } from "./json.js";
import { brokenLine, LineDecoder, type NumberedLine } from "./line-decoder.js";

/** Tasks, and characters of their lines, that are pushed at once. */
const batchTasksMax = 1_000;
const batchLengthMax = 4 * 1024 * 1024;

const checkHeader = makeCheck(TasksetHeader, "the header");
const checkTask = makeCheck(TasksetTask, "the task");

type Open = (header: TasksetHeader) => Promise<OpenTaskset>;

/**
 * Launches a taskset from NDJSON: a header line, then a line a task. While one batch is stored the next is read, and no
 * more than that is held. If the stream breaks, a line is wrong, or a task is refused, all of it is discarded.
 * @throws CapstanError `invalid-stream` or `too-large` naming the line, and whatever the engine refuses tasks with.
 */
export async function launchStream(source: AsyncIterable<Uint8Array>, open: Open): Promise<TasksetLaunched> {
  const launch = new StreamedLaunch(open);
  try {
    const decoder = new LineDecoder();
    for await (const piece of source) {
      for (const line of decoder.push(piece)) await launch.take(line);
    }
    for (const line of decoder.end()) await launch.take(line);
    return await launch.seal();
  } catch (error) {
    // Why the launch broke matters more than a store that will not discard it: an open taskset vanishes at the next start.
    await launch.discard().catch(() => undefined);
    throw error;
  }
}

class StreamedLaunch {
  readonly #open: Open;
  #taskset: OpenTaskset | undefined;
  #batch: TasksetTask[] = [];
  #batchLength = 0;
  /** The number of each task's line: blank lines lie between them. */
  #lines: number[] = [];
  #tasks = 0;
  /** The push under way; it never rejects, it gives its failure. */
  #push: Promise<Failure | undefined> = Promise.resolve(undefined);

  constructor(open: Open) {
    this.#open = open;
  }

  /** Takes a line; resolves at once unless a whole batch waits for the one before it. */
  take(line: NumberedLine): Promise<void> | void {
    if (this.#taskset === undefined) return this.#begin(line);
    const task = check(line, checkTask);
    this.#tasks += 1;
    if (this.#tasks > limits.tasksetTasksMax) throw tooMany(line.number);
    this.#batch.push(task);
    this.#lines.push(line.number);
    this.#batchLength += line.text.length;
    if (this.#batch.length >= batchTasksMax || this.#batchLength >= batchLengthMax) return this.#flush();
  }

  async seal(): Promise<TasksetLaunched> {
    if (this.#taskset === undefined) throw brokenLine(1, "the stream is empty; it begins with the taskset's header");
    if (this.#tasks === 0) throw brokenLine(2, "the stream has no tasks");
    await this.#flush();
    await this.#settle();
    return this.#taskset.seal();
  }

  /** Lets all of it vanish, once the push under way has ended. */
  async discard(): Promise<void> {
    await this.#push;
    await this.#taskset?.discard();
  }

  async #begin(line: NumberedLine): Promise<void> {
    this.#taskset = await this.#open(check(line, checkHeader));
  }

  async #flush(): Promise<void> {
    await this.#settle();
    const taskset = this.#taskset;
    if (taskset === undefined || this.#batch.length === 0) return;
    const batch = { lines: this.#lines, position: this.#tasks - this.#batch.length };
    this.#push = taskset.push(this.#batch).then(
      () => undefined,
      (error: unknown) => ({ error: withLine(error, batch) }),
    );
    this.#batch = [];
    this.#lines = [];
    this.#batchLength = 0;
  }

  async #settle(): Promise<void> {
    const failure = await this.#push;
    if (failure !== undefined) throw failure.error;
  }
}

interface Failure {
  readonly error: Error;
}

function check<T>({ text, number }: NumberedLine, check: (value: unknown) => T): T {
  try {
    return check(parseJsonText(text, "it"));
  } catch (error) {
    if (error instanceof CapstanError) throw brokenLine(number, error.message, error.details);
    throw error;
  }
}

interface Batch {
  /** The line of each of its tasks. */
  readonly lines: readonly number[];
  /** The position of its first task within the taskset. */
  readonly position: number;
}

/** Names the line of a refused task, when the engine says which task of the taskset it was (`details.position`, from 0). */
function withLine(error: unknown, batch: Batch): Error {
  if (!(error instanceof CapstanError)) return error instanceof Error ? error : new Error(String(error));
  const position = error.details?.["position"];
  const line = typeof position === "number" ? batch.lines[position - batch.position] : undefined;
  if (line === undefined) return error;
  return new CapstanError(error.code, `line ${line}: ${error.message}`, {
    details: { ...error.details, line },
    cause: error,
  });
}

function tooMany(line: number): CapstanError {
  const tasksMax = limits.tasksetTasksMax;
  return new CapstanError("too-large", `line ${line}: a taskset has ${tasksMax} tasks at most; nothing was launched`, {
    details: { line, tasksMax },
  });
}
