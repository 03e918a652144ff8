import {
  CapstanError,
  decodeEngineFrame,
  isErrorCode,
  protocolVersion,
  toCapstanError,
  type Clock,
  type EngineMessage,
  type EngineMessageOf,
  type Runtime,
  type Timer,
  type WelcomeMessage,
  type WorkerMessage,
  type WorkerMessageOf,
} from "@capstan/protocol";
import type { WorkerEmitter } from "../event/worker-event.js";
import type { Moment } from "../lease/moment.js";
import type { OfferBook } from "../slot/offer-book.js";
import type { TrialTable } from "../slot/trial-table.js";
import type { Link, LinkListener } from "./link.js";
import { Liveness } from "./liveness.js";
import { expectedMessages, transitionSession, type SessionEvent, type SessionState } from "./session-state.js";

type Statistics = NonNullable<WorkerMessageOf<"heartbeat">["statistics"]>;

/** What hello tells of the worker beside its trials. */
export interface WorkerFacts {
  readonly name: string;
  readonly labels: readonly string[];
  readonly slots: number;
  readonly runtimes: readonly Runtime[];
  /** Revisions that are held at the time of the call. */
  readonly revisions: () => string[];
  /** Tasksets whose workspaces are held at the time of the call. */
  readonly workspaces: () => string[];
  readonly statistics: () => Statistics;
}

/** What the session hands on once it has seen that a message is in place. */
export interface SessionHandler {
  /** The session stands: new, or taken up again. Credits and reports follow by themselves. */
  ready(welcome: WelcomeMessage, url: string): void;
  lost(): void;
  grant(grant: EngineMessageOf<"grant">): void;
  stop(trial: string, reason: EngineMessageOf<"stop">["reason"], graceMs: number): void;
  answered(trial: string, refusal: EngineMessageOf<"refused">["reason"] | undefined): void;
  drain(reason: string): void;
  undrain(): void;
  noMoreTasks(revision: string): void;
  releaseWorkspace(taskset: string): void;
  deployInfo(revision: string, manifest: EngineMessageOf<"deployInfo">["manifest"]): void;
  offered(revision: string): void;
  cutOff(trials: readonly string[]): void;
}

export interface SessionOptions {
  readonly facts: WorkerFacts;
  readonly link: Link;
  readonly clock: Clock;
  readonly offers: OfferBook;
  readonly trials: TrialTable;
  readonly events: WorkerEmitter;
  /** Leases count anew from that moment: the spawner watches over them too. */
  readonly renewed: (sentAt: Moment) => void;
  /** How long a connection may take from hello to welcome, in ms. */
  readonly joinMs: number;
}

/**
 * A worker's standing with its engine. Owns: the state of the session, its identity, liveness. It checks that each
 * message is in place before anything is done with it; one that is not ends the connection, and the next one starts
 * with hello. Trusts: nothing that comes over the wire.
 */
export class Session implements LinkListener {
  readonly #options: SessionOptions;
  readonly #liveness: Liveness;
  #handler: SessionHandler | undefined;
  #state: SessionState = "away";
  #identity: { id: string; secret: string } | undefined;
  #worker: string | undefined;
  #joinTimer: Timer | undefined;
  #isLeaving = false;
  #leaveReason: string | undefined;
  #hasJoined = false;
  #first: { resolve: () => void; reject: (error: CapstanError) => void } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#liveness = new Liveness({
      clock: options.clock,
      beat: (sequence, hasChanged) => this.#beat(sequence, hasChanged),
      dead: (error) => options.link.reconnect(error),
      overdue: (trials) => this.#handler?.cutOff(trials),
      renewed: options.renewed,
      version: () => options.trials.version,
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get worker(): string | undefined {
    return this.#worker;
  }

  get session(): string | undefined {
    return this.#identity?.id;
  }

  get liveness(): Liveness {
    return this.#liveness;
  }

  /** Joins. Resolves with the first welcome. @throws CapstanError the first refusal that trying again cannot change. */
  join(handler: SessionHandler): Promise<void> {
    this.#handler = handler;
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#options.link.start(this);
    });
  }

  /** Sends a message in this turn's frame; dropped unless the session stands. */
  send(message: WorkerMessage): void {
    if (this.#state === "ready") this.#options.link.send(message);
  }

  sendText(text: string): void {
    if (this.#state === "ready") this.#options.link.sendText(text);
  }

  /**
   * Tells the engine, now and after every reconnection, that the worker leaves when its trials have ended. Said again when
   * they have, it ends the session.
   */
  leave(reason: string): void {
    this.#isLeaving = true;
    this.#leaveReason = reason;
    this.send({ type: "leave", reason });
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#options.link.close();
    this.#move("close");
    this.#halt();
    this.#first?.reject(new CapstanError("shutting-down", "the worker was closed before it had joined"));
    this.#first = undefined;
  }

  connecting(): void {
    this.#move("connect");
    this.#options.events.emit("connecting", { url: this.#options.link.url });
  }

  opened(): void {
    this.#move("open");
    const { facts, link, trials, clock, joinMs } = this.#options;
    this.#liveness.hello();
    const workspaces = facts.workspaces();
    link.send({
      type: "hello",
      protocol: protocolVersion,
      name: facts.name,
      labels: [...facts.labels],
      slots: facts.slots,
      runtimes: [...facts.runtimes],
      revisions: facts.revisions(),
      trials: trials.list(),
      ...(workspaces.length === 0 ? {} : { workspaces }),
      ...(this.#identity === undefined ? {} : { session: this.#identity }),
    });
    link.flush();
    this.#joinTimer = clock.setTimer(joinMs, () => {
      link.reconnect(new CapstanError("timed-out", `the engine did not answer hello within ${joinMs} ms`));
    });
  }

  lost(error: CapstanError, retryMs: number): void {
    if (this.#state === "closed") return;
    // The connection may be lost by a refusal, which has moved the session already.
    if (this.#state !== "away") this.#move(this.#state === "connecting" ? "fail" : "lose");
    this.#halt();
    if (!this.#hasJoined && !error.retryable && error.code !== "protocol-violation") this.#rejectFirst(error);
    this.#options.events.emit("lost", { error, retryMs });
    // The engine has let the worker go: there is nothing to come back for.
    if (this.#isLeaving && this.#options.trials.size === 0) this.close();
  }

  flushing(): void {
    if (this.#state !== "ready") return;
    this.#options.offers.settle();
    this.#options.trials.pump();
  }

  frame(text: string): void {
    // A worker that was stopped or suspended looks at its leases before it does anything else.
    this.#liveness.check();
    let messages: EngineMessage[];
    try {
      messages = decodeEngineFrame(text);
    } catch (error) {
      return this.#options.link.reconnect(toCapstanError(error));
    }
    for (const message of messages) {
      if (!expectedMessages[this.#state].has(message.type)) return this.#violate(message.type);
      this.#take(message);
    }
  }

  #violate(type: string): void {
    const what = `a ${type} message has no place in a session that is ${this.#state}`;
    this.#options.link.reconnect(new CapstanError("protocol-violation", what));
  }

  #take(message: EngineMessage): void {
    const { offers, trials } = this.#options;
    switch (message.type) {
      case "offer":
        this.#handler?.offered(message.revision);
        return offers.offer(message);
      case "grant":
        return this.#handler?.grant(message);
      case "accepted":
        return this.#handler?.answered(message.trial, undefined);
      case "refused":
        return this.#handler?.answered(message.trial, message.reason);
      case "halt":
        return offers.halt(message.offer);
      case "revoke":
        return offers.revoke(message.offer);
      case "logged":
        return trials.logged(message.trial, message.sequence);
      case "heartbeat":
        return this.#heartbeat(message);
      case "stop":
        return this.#handler?.stop(message.trial, message.reason, message.graceMs);
      default:
        return this.#takeRare(message);
    }
  }

  #takeRare(message: EngineMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "refuse":
        return this.#refuse(message);
      case "drain":
        return this.#handler?.drain(message.reason);
      case "undrain":
        return this.#handler?.undrain();
      case "noMoreTasks":
        return this.#handler?.noMoreTasks(message.revision);
      case "releaseWorkspace":
        return this.#handler?.releaseWorkspace(message.taskset);
      case "deployInfo":
        return this.#handler?.deployInfo(message.revision, message.manifest);
      default:
    }
  }

  #welcome(welcome: WelcomeMessage): void {
    const { link, events, trials, offers } = this.#options;
    this.#move("welcome");
    this.#joinTimer?.cancel();
    this.#identity = welcome.session;
    this.#worker = welcome.worker;
    this.#hasJoined = true;
    link.settled();
    this.#liveness.welcome(welcome.heartbeatMs);
    for (const { trial, fate } of welcome.fates) if (fate === "stop") this.#stopStale(trial);
    if (this.#isLeaving) this.send({ type: "leave", ...(this.#leaveReason ? { reason: this.#leaveReason } : {}) });
    this.#handler?.ready(welcome, link.url);
    trials.resend();
    // An engine that wants the worker drained says so on every connection.
    if (!this.#isLeaving) offers.drain(false);
    offers.ready();
    const session = { worker: welcome.worker, session: welcome.session.id };
    if (welcome.isResumed) events.emit("resumed", { ...session, trials: trials.size });
    else events.emit("joined", { ...session, heartbeatMs: welcome.heartbeatMs });
    this.#first?.resolve();
    this.#first = undefined;
  }

  #refuse(refuse: EngineMessageOf<"refuse">): void {
    const { link, events } = this.#options;
    const code = isErrorCode(refuse.code) ? refuse.code : "internal";
    const error = new CapstanError(code, refuse.message);
    events.emit("refused", { error });
    if (code === "session-taken") this.#identity = undefined;
    else if (!this.#hasJoined && !error.retryable) this.#rejectFirst(error);
    if (this.#state === "closed") return;
    this.#move("refuse");
    link.reconnect(error);
  }

  #rejectFirst(error: CapstanError): void {
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined) return;
    this.close();
    first.reject(error);
  }

  #heartbeat({ sequence, unknown }: EngineMessageOf<"heartbeat">): void {
    this.#liveness.answered(sequence);
    for (const trial of unknown ?? []) {
      // The answer to a report says itself whether it was wanted.
      if (this.#options.trials.get(trial)?.report === undefined) this.#handler?.stop(trial, "stale", 0);
    }
  }

  #stopStale(trial: string): void {
    const run = this.#options.trials.get(trial);
    if (run?.report === undefined) this.#handler?.stop(trial, "stale", 0);
    else this.#handler?.answered(trial, "stale-lease");
  }

  #beat(sequence: number, hasChanged: boolean): void {
    const { facts, trials } = this.#options;
    this.send({
      type: "heartbeat",
      sequence,
      statistics: facts.statistics(),
      ...(hasChanged ? { trials: trials.names() } : {}),
    });
  }

  /** The connection is gone: nothing of it may go on. */
  #halt(): void {
    this.#joinTimer?.cancel();
    this.#liveness.lost();
    this.#options.offers.forget();
    this.#handler?.lost();
  }

  #move(event: SessionEvent): void {
    this.#state = transitionSession(this.#state, event);
  }
}
