import type { Clock, GrantMessage, StopReason as EngineStopReason } from "@capstan/protocol";
import type {
  OutputStream,
  RunningTrial,
  StopReason,
  TrialEnd,
  TrialEvents,
  TrialOrder,
} from "../executor/executor.js";
import type { Lease } from "../lease/lease.js";
import { OutputBuffer } from "../output/output-buffer.js";
import type { BlobAccess } from "./blob-access.js";
import { makeReport, makeUnbegunReport, withBlob, withoutOutput, type Report } from "./report.js";
import type { Seat } from "./seat.js";
import { withoutSetup, type SetupRunner } from "./setup.js";

/** What all trials of a worker share. */
export interface TrialEnvironment {
  readonly clock: Clock;
  readonly blobs: BlobAccess;
  readonly setups: SetupRunner;
  /** Whether most of a lease has passed without a sign of the engine. */
  readonly isOverdue: (lease: Lease) => boolean;
  /** Variables for the trial's code, beside those of its executor. */
  readonly env?: Readonly<Record<string, string>>;
  /** Output waits to be sent. */
  readonly outputReady: (run: TrialRun) => void;
  readonly progress: (run: TrialRun, fraction: number | undefined, note: string | undefined) => void;
  /** The trial has ended and `report` says how; its seat and slot are free. */
  readonly ended: (run: TrialRun) => void;
}

export interface TrialPlace {
  /** The folder of the taskset's workspace. */
  readonly workspace?: string | undefined;
  readonly seat: Seat;
  readonly slot: number;
  /** The lease of a trial that is not safe to rerun. */
  readonly lease?: Lease | undefined;
}

const failedEnd = (message: string): TrialEnd => ({
  status: "error",
  error: { message },
  timings: { startedMs: 0, durationMs: 0 },
  began: false,
  alone: true,
});

/** One granted trial, from its grant to its report. Only a grant makes one. */
export class TrialRun implements TrialEvents {
  readonly grant: GrantMessage;
  readonly slot: number;
  readonly #seat: Seat;
  readonly #lease: Lease | undefined;
  readonly #environment: TrialEnvironment;
  readonly #workspace: string | undefined;
  #running: RunningTrial | undefined;
  #stopReason: StopReason | undefined;
  #report: Report | undefined;
  #output: OutputBuffer | undefined;
  #isOutputHeld = false;
  #stopPreparing: (() => void) | undefined;
  #endedAtMs = 0;

  constructor(grant: GrantMessage, place: TrialPlace, environment: TrialEnvironment) {
    this.grant = grant;
    this.slot = place.slot;
    this.#seat = place.seat;
    this.#lease = place.lease;
    this.#workspace = place.workspace;
    this.#environment = environment;
  }

  get trial(): string {
    return this.grant.trial;
  }

  /** The folder that it runs in; undefined when its taskset has no workspace. */
  get workspace(): string | undefined {
    return this.#workspace;
  }

  /** How it ended; undefined while it runs. */
  get report(): Report | undefined {
    return this.#report;
  }

  get output(): OutputBuffer | undefined {
    return this.#output;
  }

  /** When it ended, by the monotonic clock. */
  get endedAtMs(): number {
    return this.#endedAtMs;
  }

  start(): void {
    const { inputBlob, input } = this.grant;
    if (inputBlob === undefined && this.#environment.setups.isDone(this.grant, input)) this.#run(input);
    else void this.#prepare().catch((error: unknown) => this.#neverBegin(error));
  }

  /** Asks the task's code to stop, and kills it after the grace. A result that is ready by then is reported all the same. */
  stop(reason: StopReason | EngineStopReason, graceMs: number): void {
    if (this.#report !== undefined) return;
    this.#stopReason ??= reason === "stale" ? "cancel" : reason;
    this.#running?.stop(this.#stopReason, graceMs);
    this.#stopPreparing?.();
  }

  /** Pauses reading what the code prints while the engine takes less than it prints; never while the engine is away. */
  holdOutput(isConnected: boolean): void {
    this.#running?.pauseOutput(isConnected && this.#isOutputHeld);
  }

  log(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#report !== undefined) return;
    this.#output ??= new OutputBuffer({
      bytesMax: this.grant.limits.outputBytesMax,
      clock: this.#environment.clock,
      ready: () => this.#environment.outputReady(this),
      pressed: (isPressed) => this.#press(isPressed),
    });
    this.#output.write(stream, bytes);
  }

  progress(fraction: number | undefined, note?: string): void {
    this.#environment.progress(this, fraction, note);
  }

  #press(isPressed: boolean): void {
    this.#isOutputHeld = isPressed;
    if (!isPressed) this.#running?.pauseOutput(false);
    else this.#environment.outputReady(this);
  }

  /** Fetches the input and runs the setup script; a stop meanwhile ends the trial at once. */
  async #prepare(): Promise<void> {
    const stopped = new Promise<void>((resolve) => (this.#stopPreparing = resolve));
    const prepared = this.#fetchAndSetUp();
    prepared.catch(() => {});
    const ready = await Promise.race([prepared, stopped]);
    this.#stopPreparing = undefined;
    if (ready === undefined || this.#stopReason !== undefined) {
      return this.#finish(makeUnbegunReport(this.grant, this.#stopReason ?? "cancel"));
    }
    this.#run(ready.input);
  }

  async #fetchAndSetUp(): Promise<{ readonly input: unknown }> {
    const { grant, slot } = this;
    const { blobs, setups } = this.#environment;
    const input = grant.inputBlob === undefined ? grant.input : await blobs.getJson(grant.inputBlob);
    const isStopped = this.#stopReason !== undefined;
    if (!isStopped && !setups.isDone(grant, input)) await setups.ensure({ grant, input, seat: this.#seat, slot }, this);
    return { input };
  }

  #neverBegin(error: unknown): void {
    if (this.#report !== undefined) return;
    this.#finish(makeUnbegunReport(this.grant, error instanceof Error ? error.message : String(error)));
  }

  #run(input: unknown): void {
    // The process may have been stopped since the grant, and look at what came in before it looks at its timers.
    if (this.#lease !== undefined && this.#environment.isOverdue(this.#lease)) {
      return this.#finish(makeUnbegunReport(this.grant, "lease"));
    }
    // It died between the accept and now: no fault of this trial, which costs its task nothing.
    if (!this.#seat.isAlive) return this.#neverBegin(new Error("the executor ended before the trial began"));
    try {
      this.#running = this.#seat.run(this.#order(input), this);
    } catch (error) {
      return this.#end(failedEnd(error instanceof Error ? error.message : String(error)));
    }
    void this.#running.ended.then((end) => this.#end(end));
  }

  #order(input: unknown): TrialOrder {
    const { grant } = this;
    const env = this.#environment.env;
    return {
      trial: grant.trial,
      task: grant.task,
      definition: grant.definition,
      revision: grant.revision,
      number: grant.number,
      round: grant.round,
      slot: this.slot,
      input: withoutSetup(grant, input),
      limits: grant.limits,
      ...(this.#lease === undefined ? {} : { lease: this.#lease }),
      ...(env === undefined ? {} : { env }),
      ...(this.#workspace === undefined ? {} : { workspace: this.#workspace }),
    };
  }

  #end(end: TrialEnd): void {
    this.#running = undefined;
    const report = makeReport(this.grant, end, this.#stopReason ?? end.stopReason);
    if (report.upload === undefined) this.#finish(report);
    else void this.#upload(report, report.upload.text);
  }

  async #upload(report: Report, text: string): Promise<void> {
    try {
      this.#finish(withBlob(report, await this.#environment.blobs.put(text)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#finish(withoutOutput(report, { message: `the output could not be stored: ${why}` }));
    }
  }

  #finish(report: Report): void {
    this.#report = report;
    this.#endedAtMs = this.#environment.clock.monotonicMs();
    this.#seat.release();
    this.#output?.end();
    this.#environment.ended(this);
  }
}
