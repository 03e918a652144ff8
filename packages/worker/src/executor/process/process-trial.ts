/** One trial in an executor process. */
import type { Clock } from "@capstan/protocol";
import { Deadline, stoppedMessage, stoppedStatus } from "../deadline.js";
import type { RunningTrial, StopReason, TrialEnd, Fault, TrialEvents, TrialOrder } from "../executor.js";
import type { ResultMessage } from "./message.js";

export interface DeathOptions {
  isAlone: boolean;
  began?: boolean;
  memoryBytesPeak?: number | undefined;
  /** It was killed for a lease that nobody renewed: no fault of a trial in it. */
  isCutOff?: boolean;
}

export class ProcessTrial implements RunningTrial {
  readonly ended: Promise<TrialEnd>;
  readonly order: TrialOrder;
  readonly events: TrialEvents;
  readonly #clock: Clock;
  #startedMs: number;
  #startedAtMs: number;
  /** How long it was got ready for. */
  #loadMs: number | undefined;
  #stage: "new" | "preparing" | "running" = "new";
  #settle!: (end: TrialEnd) => void;
  #deadline: Deadline | undefined;
  #isEnded = false;

  constructor(order: TrialOrder, events: TrialEvents, clock: Clock) {
    this.order = order;
    this.events = events;
    this.#clock = clock;
    this.#startedMs = clock.wallMs();
    this.#startedAtMs = clock.monotonicMs();
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Starts its time limits. */
  begin(actions: { soft(reason: StopReason, graceMs: number): void; hard(): void }): void {
    this.#deadline = new Deadline(this.order.limits, actions, this.#clock);
  }

  /** What it needs is got ready first, once: until then other limits hold. Said later, it changes nothing. */
  prepare(limitMs: number): void {
    if (this.#stage !== "new") return;
    this.#stage = "preparing";
    const { stopGraceMs } = this.order.limits;
    this.#deadline?.restart({ softMs: limitMs, hardMs: limitMs + stopGraceMs });
  }

  /** It begins: its limits and its duration count from now. False where nothing was got ready. */
  prepared(): boolean {
    if (this.#stage !== "preparing") return false;
    this.#stage = "running";
    this.#loadMs = this.#clock.monotonicMs() - this.#startedAtMs;
    this.#startedMs = this.#clock.wallMs();
    this.#startedAtMs += this.#loadMs;
    this.#deadline?.restart(this.order.limits);
    this.events.prepared?.();
    return true;
  }

  /** Its code has said something of it: it runs, unless it is being got ready, and its limits stay as they are. */
  said(): void {
    if (this.#stage === "new") this.#stage = "running";
  }

  /** Why it was asked to stop. */
  get stopReason(): StopReason | undefined {
    return this.#deadline?.reason;
  }

  stop(reason: StopReason, graceMs?: number): void {
    this.#deadline?.stop(reason, graceMs);
  }

  /** Its output shares a channel with messages, so it is never paused; its buffer is bounded. */
  pauseOutput(): void {}

  /** Its code has ended; no limit matters any more. */
  disarm(): void {
    this.#deadline?.end();
  }

  /** Ends it with what its code said, or as stopped when it had been asked to stop. */
  finish(result: ResultMessage, isAlone: boolean): void {
    const { status, output, error, counts, cpuMs } = result;
    const reason = this.stopReason;
    const end = this.#end(reason === undefined ? status : stoppedStatus(reason), isAlone);
    if (output !== undefined) end.output = output;
    if (error) end.error = error;
    if (reason !== undefined) end.error = { ...error, message: stoppedMessage(reason, this.order.limits, false) };
    if (counts) end.counts = counts;
    if (cpuMs !== undefined) end.usage = { cpuMs };
    this.#finish(end);
  }

  /** Ends it because its process ended under it. */
  die(error: Fault, options: DeathOptions): void {
    const reason = this.stopReason;
    const isCutOff = reason === undefined && options.isCutOff === true;
    const status = isCutOff ? "cancelled" : "error";
    const end = this.#end(reason === undefined ? status : stoppedStatus(reason), options.isAlone);
    if (isCutOff) end.stopReason = "lease";
    end.began = options.began ?? true;
    end.error = reason === undefined ? error : { ...error, message: stoppedMessage(reason, this.order.limits, true) };
    if (options.memoryBytesPeak !== undefined) end.usage = { memoryBytesPeak: options.memoryBytesPeak };
    this.#finish(end);
  }

  #end(status: TrialEnd["status"], alone: boolean): TrialEnd {
    const durationMs = this.#clock.monotonicMs() - this.#startedAtMs;
    const loaded = this.#loadMs === undefined ? {} : { loadMs: this.#loadMs };
    return { status, timings: { startedMs: this.#startedMs, durationMs, ...loaded }, began: true, alone };
  }

  #finish(end: TrialEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.disarm();
    this.#settle(end);
  }
}
