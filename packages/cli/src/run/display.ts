import type { TasksetView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { oneLine } from "../render/control.js";
import { failureLines } from "../render/failure.js";
import { LiveRegion } from "../render/live-region.js";
import { plainProgressLine, progressLines, type RunningTask } from "../render/progress.js";
import { doneCount } from "../render/taskset.js";
import { counted } from "../render/text.js";
import type { Failure } from "./failure.js";
import type { PresentWorkers } from "./present-workers.js";
import type { Annotate } from "./github.js";

/** How a taskset is shown while it runs. */
export interface Display {
  /** The shortest time between two looks, in ms. */
  readonly everyMs: number;
  /** Whether it shows what runs now. */
  readonly showsRunning: boolean;
  update(taskset: TasksetView, running: readonly RunningTask[]): void;
  failure(failure: Failure): void;
  /** Workers that came and went. */
  workers(present: PresentWorkers): void;
  /** Failures that were too many to be shown. */
  hidden(count: number, taskset: string): void;
  close(): void;
}

export interface DisplayOptions {
  /** What is said of the taskset beside its counts, if anything. */
  readonly remark?: (() => string | undefined) | undefined;
  /** What a log gets beside the lines of a failure. */
  readonly annotate?: Annotate | undefined;
}

/** The display that fits the reader: a live region, plain lines, or JSON lines. */
export function makeDisplay(output: Output, options: DisplayOptions = {}): Display {
  if (output.isJson) return jsonDisplay(output);
  return output.isTerminal ? new TerminalDisplay(output, options) : new PlainDisplay(output, options);
}

function jsonDisplay(output: Output): Display {
  return {
    everyMs: 1_000,
    showsRunning: false,
    update: () => {},
    failure: ({ task, isMuted, examples, muted, stdout, stderr }) =>
      output.json({
        type: "failed",
        task,
        ...(isMuted === true && { isMuted }),
        ...(examples.length > 0 && { examples }),
        ...(muted !== undefined && { muted }),
        stdout: stdout.lines.join("\n"),
        stderr: stderr.lines.join("\n"),
      }),
    workers: ({ changes }) => {
      for (const change of changes) output.json({ type: "worker", ...change });
    },
    hidden: () => {},
    close: () => {},
  };
}

function changeLines({ changes }: PresentWorkers): string[] {
  return changes.map(({ name, change }) => `worker ${oneLine(name)} ${change}`);
}

function hiddenLine(count: number, taskset: string): string {
  return `… and ${counted(count, "more failure")}: capstan tasks --taskset ${taskset} --status failed`;
}

class TerminalDisplay implements Display {
  readonly everyMs = 200;
  readonly showsRunning = true;
  readonly #output: Output;
  readonly #remark: DisplayOptions["remark"];
  readonly #region: LiveRegion;
  /** Times go on although nothing changes. */
  readonly #ticker = setInterval(() => this.#draw(), 1_000);
  #taskset: TasksetView | undefined;
  #running: readonly RunningTask[] = [];
  #workers: PresentWorkers | undefined;

  constructor(output: Output, { remark }: DisplayOptions) {
    this.#output = output;
    this.#remark = remark;
    this.#region = new LiveRegion(output);
  }

  update(taskset: TasksetView, running: readonly RunningTask[]): void {
    this.#taskset = taskset;
    this.#running = running;
    this.#draw();
  }

  failure(failure: Failure): void {
    this.#region.print([...failureLines(failure, this.#output), ""]);
  }

  workers(present: PresentWorkers): void {
    this.#workers = present;
    this.#region.print(changeLines(present).map((line) => this.#output.style.dim(line)));
    this.#draw();
  }

  hidden(count: number, taskset: string): void {
    if (count > 0) this.#region.print([hiddenLine(count, taskset)]);
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#region.clear();
  }

  #draw(): void {
    if (this.#taskset === undefined) return;
    const remark = this.#remark?.();
    const progress = {
      taskset: this.#taskset,
      running: this.#running,
      present: this.#workers,
      nowMs: Date.now(),
      remark,
    };
    this.#region.update(progressLines(progress, this.#output));
  }
}

/** A line in a log for so much progress, or after so long. */
const plainShare = 0.1;
const plainEveryMs = 10_000;

class PlainDisplay implements Display {
  readonly everyMs = 1_000;
  readonly showsRunning = false;
  readonly #output: Output;
  readonly #annotate: DisplayOptions["annotate"];
  #shownDone = 0;
  #shownAtMs = Date.now();

  constructor(output: Output, { annotate }: DisplayOptions) {
    this.#output = output;
    this.#annotate = annotate;
  }

  update(taskset: TasksetView): void {
    const { total } = taskset.counts;
    const done = doneCount(taskset.counts);
    const nowMs = Date.now();
    const isNew = done > this.#shownDone && done < total;
    const isDue = done - this.#shownDone >= total * plainShare || nowMs - this.#shownAtMs >= plainEveryMs;
    if (!isNew || !isDue) return;
    this.#output.line(plainProgressLine(taskset));
    this.#shownDone = done;
    this.#shownAtMs = nowMs;
  }

  failure(failure: Failure): void {
    const lines = failureLines(failure, this.#output);
    this.#output.lines(this.#annotate?.(failure, lines) ?? lines);
  }

  workers(present: PresentWorkers): void {
    this.#output.lines(changeLines(present));
  }

  hidden(count: number, taskset: string): void {
    if (count > 0) this.#output.line(hiddenLine(count, taskset));
  }

  close(): void {}
}
