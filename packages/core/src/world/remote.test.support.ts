import type { EngineMessage, LeaseToken, Runtime } from "@capstan/protocol";
import type { Claim } from "../worker/join.js";
import type { Trial } from "../state/trial.js";
import type { WorkerFacts } from "../state/worker.js";

/** What travels from the engine to a worker. */
export type Mail = EngineMessage | { readonly type: "granted"; readonly trial: Trial; readonly offer: number };

/** A trial as its worker sees it. */
export interface Held {
  readonly id: string;
  readonly task: string;
  readonly token: LeaseToken;
  readonly revision: string;
  readonly isSafe: boolean;
  state: "running" | "ended";
  stop: string | null;
  /** What was or will be reported, so that a repetition is the same. */
  report: "succeeded" | "skipped" | "failed" | "error" | "timeout" | "stopped" | null;
}

/** The other end of a session: a worker that follows the protocol, by the rules of the real one. */
export class Remote {
  facts: WorkerFacts | null = null;
  isConnected = false;
  isDraining = false;
  runtimes: readonly Runtime[] = ["node", "command"];
  revisions: readonly string[] = ["rev_1"];
  /** Tasksets whose workspaces it holds. */
  workspaces: readonly string[] = [];
  credits = 0;
  /** Mail under way; lost with the connection. */
  inbox: Mail[] = [];
  readonly offers = new Map<number, { readonly task: string; isAccepted: boolean }>();
  readonly held = new Map<string, Held>();

  constructor(
    readonly name: string,
    readonly slots: number,
    readonly labels: readonly string[],
  ) {}

  /** Slots that neither a trial nor an offer under way takes. */
  get free(): number {
    let taken = 0;
    for (const trial of this.held.values()) if (trial.state === "running") taken += 1;
    for (const offer of this.offers.values()) if (offer.isAccepted) taken += 1;
    return this.slots - taken;
  }

  get running(): Held[] {
    return [...this.held.values()].filter(({ state }) => state === "running");
  }

  get claims(): Claim[] {
    return [...this.held.values()].map(({ id, task, token, revision, state }) => ({
      trial: id,
      task,
      token,
      revision,
      isRunning: state === "running",
      isProven: true,
    }));
  }

  /** The connection is gone, and with it offers, credits and what was under way. */
  cut(): void {
    this.isConnected = false;
    this.inbox = [];
    this.offers.clear();
    this.credits = 0;
  }

  /** Its process is gone. */
  die(): void {
    this.cut();
    this.held.clear();
    this.facts = null;
    this.isDraining = false;
  }

  /** Takes one message in; gives the grant that it has no accepted offer for, to be refused. */
  read(mail: Mail): Trial | undefined {
    switch (mail.type) {
      case "offer":
        if (mail.isPrefetch !== true && this.credits > 0) this.credits -= 1;
        this.offers.set(mail.offer, { task: mail.task, isAccepted: false });
        return undefined;
      case "revoke":
        // An accepted offer ends with a grant or a halt, and with nothing else.
        if (this.offers.get(mail.offer)?.isAccepted === false) this.offers.delete(mail.offer);
        return undefined;
      case "halt":
        this.offers.delete(mail.offer);
        return undefined;
      case "granted":
        return this.#grant(mail.trial, mail.offer);
      case "stop":
        this.stop(mail.trial, mail.reason);
        return undefined;
      case "accepted":
      case "refused":
        if (this.held.get(mail.trial)?.state === "ended") this.held.delete(mail.trial);
        else if (mail.type === "refused") this.stop(mail.trial, "stale");
        return undefined;
      case "heartbeat":
        for (const trial of mail.unknown ?? []) this.stop(trial, "stale");
        return undefined;
      case "drain":
        this.isDraining = true;
        return undefined;
      case "undrain":
        this.isDraining = false;
        return undefined;
      default:
        return undefined;
    }
  }

  stop(trial: string, reason: string): void {
    const held = this.held.get(trial);
    if (held !== undefined) held.stop = reason;
  }

  #grant(trial: Trial, offer: number): Trial | undefined {
    if (this.held.has(trial.id)) return undefined;
    if (this.offers.get(offer)?.isAccepted !== true) return trial;
    this.offers.delete(offer);
    this.held.set(trial.id, {
      id: trial.id,
      task: trial.task.id,
      token: trial.token,
      revision: trial.task.taskClass.spec.revision,
      isSafe: trial.task.taskClass.spec.policy.safeToRerun,
      state: "running",
      stop: null,
      report: null,
    });
    return undefined;
  }
}
