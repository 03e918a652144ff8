import type { Clock, EngineMessageOf, GrantMessage } from "@capstan/protocol";
import type { WorkerEmitter } from "../event/worker-event.js";
import type { StopReason } from "../executor/executor.js";
import type { Liveness } from "../session/liveness.js";
import type { OfferBook } from "./offer-book.js";
import { encodeReport, makeUnbegunReport } from "./report.js";
import { TrialRun, type TrialEnvironment } from "./trial-run.js";
import type { TrialTable } from "./trial-table.js";
import type { WorkspaceBook } from "../workspace/workspace-book.js";

/** Where trials are noted for the case that this process dies. */
export interface TrialWitness {
  trialStarted(trial: string): void;
  trialEnded(trial: string): void;
}

export interface TrialDeskOptions {
  readonly clock: Clock;
  readonly offers: OfferBook;
  readonly trials: TrialTable;
  readonly workspaces: Pick<WorkspaceBook, "enter" | "leave">;
  readonly liveness: () => Liveness;
  readonly witness: () => TrialWitness | undefined;
  readonly events: WorkerEmitter;
  readonly environment: Omit<TrialEnvironment, "ended" | "outputReady" | "progress" | "isOverdue">;
  readonly sendText: (text: string) => void;
  /** A trial has ended or was answered: somebody may wait for the last one. */
  readonly changed: () => void;
}

/** Turns grants into trials, and the engine's words on trials into acts. No trial begins anywhere else. */
export class TrialDesk {
  readonly #options: TrialDeskOptions;
  readonly #environment: TrialEnvironment;

  constructor(options: TrialDeskOptions) {
    this.#options = options;
    this.#environment = {
      ...options.environment,
      ended: (run) => this.#ended(run),
      isOverdue: (lease) => options.liveness().isOverdue(lease),
      outputReady: (run) => options.trials.wake(run),
      progress: (run, fraction, note) => options.trials.progress(run, { fraction, note }),
    };
  }

  grant(grant: GrantMessage): void {
    const { offers, trials, events } = this.#options;
    const held = trials.get(grant.trial);
    // The same grant again changes nothing.
    if (held?.grant.token === grant.token) return;
    // An engine that crashed before it had stored a grant may give its number again.
    if (held !== undefined) {
      offers.halt(grant.offer);
      return this.#refuse(grant, "an earlier trial of this number is held here");
    }
    const accepted = offers.take(grant);
    if (accepted === undefined) return this.#refuse(grant, "the offer was not accepted here");
    const { seat, slot, acceptedAt } = accepted;
    const lease = grant.isSafeToRerun ? undefined : { leaseMs: grant.leaseMs, acceptedAt };
    const workspace = this.#options.workspaces.enter(grant.taskset);
    const run = new TrialRun(grant, { seat, slot, lease, workspace }, this.#environment);
    trials.add(run);
    this.#options.witness()?.trialStarted(grant.trial);
    if (lease !== undefined) this.#options.liveness().watch(grant.trial, lease);
    if (events.has("trialStarted")) {
      const { trial, definition, revision } = grant;
      events.emit("trialStarted", { trial, definition, revision });
    }
    run.start();
  }

  #refuse(grant: GrantMessage, why: string): void {
    this.#options.sendText(encodeReport(makeUnbegunReport(grant, why)));
  }

  /** A trial that is not known here needs no stop: the engine learns so from the next list of trials. */
  stop(trial: string, reason: StopReason | EngineMessageOf<"stop">["reason"], graceMs: number): void {
    this.#options.trials.get(trial)?.stop(reason, graceMs);
  }

  stopAll(reason: StopReason, graceMs: number): void {
    for (const run of this.#options.trials.runs()) run.stop(reason, graceMs);
  }

  answered(trial: string, refusal: EngineMessageOf<"refused">["reason"] | undefined): void {
    const { trials, events } = this.#options;
    const run = refusal === undefined ? trials.accepted(trial) : trials.refused(trial);
    if (run === undefined) {
      // A refusal of what still runs: its report would be refused as well.
      if (refusal !== undefined) this.stop(trial, "stale", 0);
      return;
    }
    if (events.has("reportAnswered")) {
      events.emit("reportAnswered", { trial, ...(refusal === undefined ? {} : { refusal }) });
    }
    this.#options.changed();
  }

  /** The engine was not heard of for most of the lease of these trials: no second copy may start while they run. */
  cutOff(overdue: readonly string[]): void {
    const running = overdue.filter((trial) => this.#options.trials.get(trial)?.report === undefined);
    if (running.length === 0) return;
    for (const trial of running) this.stop(trial, "lease", 0);
    this.#options.events.emit("cutOff", { trials: running });
  }

  /** Output is held back only while the engine is there to take it. */
  holdOutput(isConnected: boolean): void {
    for (const run of this.#options.trials.runs()) run.holdOutput(isConnected);
  }

  #ended(run: TrialRun): void {
    const { trials, offers, events, workspaces } = this.#options;
    this.#options.liveness().forget(run.trial);
    this.#options.witness()?.trialEnded(run.trial);
    trials.ended(run);
    offers.freeSlot(run.slot);
    if (run.workspace !== undefined) workspaces.leave(run.grant.taskset!);
    if (events.has("trialEnded")) {
      const { message } = run.report!;
      const status = message.type === "result" ? message.status : "stopped";
      const { trial, definition } = run.grant;
      events.emit("trialEnded", { trial, definition, status, durationMs: message.timings.durationMs });
    }
    this.#options.changed();
  }
}
