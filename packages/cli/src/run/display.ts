import type { TasksetView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { failureLines } from "../render/failure.js";
import { LiveRegion } from "../render/live-region.js";
import { plainProgressLine, progressLines, type RunningTask } from "../render/progress.js";
import { doneCount } from "../render/taskset.js";
import { counted } from "../render/text.js";
import type { Failure } from "./failure.js";

/** How a taskset is shown while it runs. */
export interface Display {
  /** The shortest time between two looks, in ms. */
  readonly everyMs: number;
  /** Whether it shows what runs now. */
  readonly showsRunning: boolean;
  update(taskset: TasksetView, running: readonly RunningTask[]): void;
  failure(failure: Failure): void;
  /** Failures that were too many to be shown. */
  hidden(count: number, taskset: string): void;
  close(): void;
}

type Remark = () => string | undefined;

/** The display that fits the reader: a live region, plain lines, or JSON lines. */
export function makeDisplay(output: Output, remark: Remark = () => undefined): Display {
  if (output.isJson) return jsonDisplay(output);
  return output.isTerminal ? new TerminalDisplay(output, remark) : new PlainDisplay(output);
}

function jsonDisplay(output: Output): Display {
  return {
    everyMs: 1_000,
    showsRunning: false,
    update: () => {},
    failure: ({ task, examples, stdout, stderr }) =>
      output.json({
        type: "failed",
        task,
        ...(examples.length > 0 && { examples }),
        stdout: stdout.lines.join("\n"),
        stderr: stderr.lines.join("\n"),
      }),
    hidden: () => {},
    close: () => {},
  };
}

function hiddenLine(count: number, taskset: string): string {
  return `… and ${counted(count, "more failure")}: capstan tasks --taskset ${taskset} --status failed`;
}

class TerminalDisplay implements Display {
  readonly everyMs = 200;
  readonly showsRunning = true;
  readonly #output: Output;
  readonly #remark: Remark;
  readonly #region: LiveRegion;
  /** Times go on although nothing changes. */
  readonly #ticker = setInterval(() => this.#draw(), 1_000);
  #taskset: TasksetView | undefined;
  #running: readonly RunningTask[] = [];

  constructor(output: Output, remark: Remark) {
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

  hidden(count: number, taskset: string): void {
    if (count > 0) this.#region.print([hiddenLine(count, taskset)]);
  }

  close(): void {
    clearInterval(this.#ticker);
    this.#region.clear();
  }

  #draw(): void {
    if (this.#taskset === undefined) return;
    const progress = { taskset: this.#taskset, running: this.#running, nowMs: Date.now(), remark: this.#remark() };
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
  #shownDone = 0;
  #shownAtMs = Date.now();

  constructor(output: Output) {
    this.#output = output;
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
    this.#output.lines(failureLines(failure, this.#output));
  }

  hidden(count: number, taskset: string): void {
    if (count > 0) this.#output.line(hiddenLine(count, taskset));
  }

  close(): void {}
}
