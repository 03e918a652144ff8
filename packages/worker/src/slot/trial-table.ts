import type { Clock, WorkerMessageOf } from "@capstan/protocol";
import type { OutputChunk } from "../output/output-buffer.js";
import { encodeReport } from "./report.js";
import type { TrialRun } from "./trial-run.js";

type HeldTrial = WorkerMessageOf<"hello">["trials"][number];

/** The way to the engine, as the table uses it. */
export interface TrialChannel {
  readonly isPressed: boolean;
  sendText(text: string): void;
  /** Lets `pump` run at the end of the turn. */
  flushSoon(): void;
}

export interface TrialTableOptions {
  readonly clock: Clock;
  readonly channel: TrialChannel;
  /** Output of answered trials that is kept until it is acknowledged, in bytes. */
  readonly logBytesMax: number;
  /** The last of an answered trial's output was acknowledged, and nothing else waits. */
  readonly emptied: () => void;
}

/** Output handed to the connection at a time. */
const takeBytesMax = 256 * 1024;
const pressedRetryMs = 20;
/** Answered trials whose output is kept until it is acknowledged. */
const trailingMax = 10_000;
/** A report that leaves so long after its trial's end says so. */
const lateMs = 10;
/** Progress of one trial is told no more often; what is held back goes with the next heartbeat. */
const progressEveryMs = 100;

export interface Progress {
  readonly fraction: number | undefined;
  readonly note: string | undefined;
}

/**
 * The trials of a worker: what runs, what has ended and waits for the engine's answer, and output that is not
 * acknowledged. Reports and output outlive connections.
 */
export class TrialTable {
  readonly #options: TrialTableOptions;
  /** Running or unanswered. */
  readonly #held = new Map<string, TrialRun>();
  /** Answered, with output that is not acknowledged yet; oldest first. */
  readonly #trailing = new Map<string, { readonly run: TrialRun; readonly bytes: number }>();
  #trailingBytes = 0;
  /** Those with something to send: output, and after it the report. */
  readonly #ready = new Set<TrialRun>();
  /** Those of them whose report has not been sent on this connection. */
  readonly #unreported = new Set<TrialRun>();
  /** The last progress that is not told yet, and when some was. */
  readonly #progress = new Map<TrialRun, { latest: Progress | undefined; sentAtMs: number }>();
  #running = 0;
  #version = 0;
  #isRetrying = false;

  constructor(options: TrialTableOptions) {
    this.#options = options;
  }

  /** Trials that run. */
  get running(): number {
    return this.#running;
  }

  /** Trials that run or wait for an answer. */
  get size(): number {
    return this.#held.size;
  }

  /** Changes whenever the set of trials does. */
  get version(): number {
    return this.#version;
  }

  /** Whether everything is answered and acknowledged. */
  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#trailing.size === 0;
  }

  get(trial: string): TrialRun | undefined {
    return this.#held.get(trial);
  }

  *runs(): Iterable<TrialRun> {
    for (const run of this.#held.values()) if (run.report === undefined) yield run;
  }

  add(run: TrialRun): void {
    this.#held.set(run.trial, run);
    this.#running += 1;
    this.#version += 1;
  }

  names(): string[] {
    return [...this.#held.keys()];
  }

  /** All that hello tells of the trials. */
  list(): HeldTrial[] {
    return [...this.#held.values()].map(({ grant, report }) => ({
      trial: grant.trial,
      task: grant.task,
      token: grant.token,
      revision: grant.revision,
      state: report === undefined ? "running" : "ended",
    }));
  }

  /** Its report is ready: sent at once when no output has to go first. */
  ended(run: TrialRun): void {
    this.#running -= 1;
    this.#progress.delete(run);
    if (run.output === undefined) return this.#sendReport(run);
    this.#unreported.add(run);
    this.wake(run);
  }

  /** The run has something to send. */
  wake(run: TrialRun): void {
    this.#ready.add(run);
    this.#options.channel.flushSoon();
  }

  /** Tells how far a trial is; the last word replaces those before it that have not been sent. */
  progress(run: TrialRun, latest: Progress): void {
    if (run.report !== undefined) return;
    const entry = this.#progress.get(run);
    if (entry === undefined) this.#progress.set(run, { latest, sentAtMs: -Infinity });
    else entry.latest = latest;
    this.#options.channel.flushSoon();
  }

  /** Sends output, and the reports that waited for it, as far as the connection takes it. */
  pump(): void {
    if (this.#progress.size > 0 && !this.#options.channel.isPressed) this.#sendProgress();
    for (const run of this.#ready) {
      if (!this.#sendOutput(run)) return this.#retryLater();
      this.#ready.delete(run);
      if (this.#unreported.delete(run)) this.#sendReport(run);
    }
  }

  /** The connection stands anew: all that is unanswered or unacknowledged goes out again. */
  resend(): void {
    this.#ready.clear();
    for (const { run } of this.#trailing.values()) this.#rewind(run);
    for (const run of this.#held.values()) {
      if (run.report !== undefined && run.output !== undefined) this.#unreported.add(run);
      if (run.output !== undefined) this.#rewind(run);
      else if (run.report !== undefined) this.#sendReport(run);
    }
  }

  /** The engine has the report. */
  accepted(trial: string): TrialRun | undefined {
    const run = this.#take(trial);
    if (run?.output !== undefined && !run.output.isDrained) {
      this.#trail(run);
    }
    return run;
  }

  /** The engine does not want the report, so it wants its output no more. */
  refused(trial: string): TrialRun | undefined {
    const run = this.#take(trial);
    if (run !== undefined) this.#ready.delete(run);
    return run;
  }

  /** Output is stored up to the sequence number. */
  logged(trial: string, sequence: number): void {
    const run = this.#held.get(trial) ?? this.#trailing.get(trial)?.run;
    run?.output?.ack(sequence);
    if (run?.output?.isDrained !== true || !this.#trailing.has(trial)) return;
    this.#forgetTrailing(trial);
    if (this.isEmpty) this.#options.emptied();
  }

  #take(trial: string): TrialRun | undefined {
    const run = this.#held.get(trial);
    if (run?.report === undefined) return undefined;
    this.#held.delete(trial);
    this.#unreported.delete(run);
    this.#version += 1;
    return run;
  }

  #rewind(run: TrialRun): void {
    run.output?.rewind();
    this.wake(run);
  }

  #sendReport(run: TrialRun): void {
    const agoMs = this.#options.clock.monotonicMs() - run.endedAtMs;
    this.#options.channel.sendText(encodeReport(run.report!, agoMs >= lateMs ? agoMs : undefined));
  }

  #sendProgress(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [run, entry] of this.#progress) {
      if (entry.latest === undefined || nowMs - entry.sentAtMs < progressEveryMs) continue;
      this.#options.channel.sendText(encodeProgress(run.trial, entry.latest));
      entry.latest = undefined;
      entry.sentAtMs = nowMs;
    }
  }

  #sendOutput(run: TrialRun): boolean {
    const { channel } = this.#options;
    for (;;) {
      if (channel.isPressed) return false;
      const chunks = run.output?.take(takeBytesMax) ?? [];
      if (chunks.length === 0) return true;
      for (const chunk of chunks) channel.sendText(encodeLog(run.trial, chunk));
    }
  }

  #retryLater(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    this.#options.clock.setTimer(pressedRetryMs, () => {
      this.#isRetrying = false;
      this.#options.channel.flushSoon();
    });
  }

  /** Keeps output that is not acknowledged, within the bound: the oldest goes first. */
  #trail(run: TrialRun): void {
    const bytes = run.output?.unacknowledgedBytes ?? 0;
    this.#trailing.set(run.trial, { run, bytes });
    this.#trailingBytes += bytes;
    for (const trial of this.#trailing.keys()) {
      if (this.#trailingBytes <= this.#options.logBytesMax && this.#trailing.size <= trailingMax) return;
      this.#forgetTrailing(trial);
    }
  }

  #forgetTrailing(trial: string): void {
    const trailing = this.#trailing.get(trial);
    if (trailing === undefined) return;
    this.#trailing.delete(trial);
    this.#trailingBytes -= trailing.bytes;
    this.#ready.delete(trailing.run);
  }
}

function encodeProgress(trial: string, { fraction, note }: Progress): string {
  return JSON.stringify({
    type: "progress",
    trial,
    ...(fraction === undefined || !Number.isFinite(fraction) ? {} : { fraction: Math.min(1, Math.max(0, fraction)) }),
    ...(note === undefined ? {} : { note: note.slice(0, 1_000) }),
  });
}

function encodeLog(trial: string, { stream, sequence, text }: OutputChunk): string {
  return JSON.stringify({ type: "log", trial, stream, sequence, text });
}
