import {
  commandPlugin,
  decodeWorkerFrame,
  encodeIdBody,
  trialIdOf,
  type Connection,
  type EngineMessage,
  type EngineMessageOf,
  type GrantMessage,
  type Runtime,
  type TaskId,
  type WorkerMessage,
  type WorkerMessageOf,
  type WorkerMessageType,
} from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { revisionOf } from "../plugin/revision-digest.js";

/** A task that the peer gives out. */
export interface PeerTask {
  readonly definition: string;
  readonly revision: string;
  readonly runtime: Runtime;
  readonly input?: unknown;
  readonly grant?: Partial<GrantMessage>;
  readonly taskset?: string;
  readonly isAlone?: boolean;
  readonly needsWorkspace?: boolean;
}

export interface PeerOptions {
  readonly heartbeatMs?: number;
  readonly leaseMs?: number;
  /** What the peer does by itself; everything else is done by the test. Default: all. */
  readonly does?: Partial<Record<"welcome" | "offer" | "grant" | "answer" | "beat" | "logged", boolean>>;
}

interface Offered {
  readonly task: PeerTask;
  readonly id: TaskId;
  readonly isPrefetch: boolean;
}

let ids = 0;
const body = (): string => encodeIdBody({ timeMs: 1_767_225_600_000, partition: 1, epoch: 1, sequence: (ids += 1) });

export const commandRevision = revisionOf(commandPlugin);

/**
 * The engine's end of the worker protocol, for tests: follows its pages, checks that the worker does, and lets a test
 * leave out, repeat and reorder what it likes. Has one worker and no store.
 */
export class EnginePeer {
  readonly received = new Recorder<WorkerMessage>();
  readonly violations: string[] = [];
  readonly does: Record<"welcome" | "offer" | "grant" | "answer" | "beat" | "logged", boolean>;
  /** Waiting to be offered. */
  readonly queue: PeerTask[] = [];
  readonly granted = new Map<string, { readonly grant: GrantMessage; readonly task: PeerTask }>();
  /** Final reports that were accepted, one a trial. */
  readonly results = new Recorder<WorkerMessageOf<"result"> | WorkerMessageOf<"stopped">>();
  readonly logs = new Map<string, string>();
  session = { id: `ses_${body()}`, secret: "a secret of the session" };
  readonly worker = `wrk_${body()}`;
  credits = 0;
  connections = 0;
  #options: PeerOptions;
  #connection: Connection | undefined;
  #offers = new Map<number, Offered>();
  #accepted = new Set<number>();
  #offerNumber = 0;
  #tokens = 0;
  #slots = 0;
  #running = new Set<string>();
  #logged = new Map<string, number>();
  #preparing = new Set<string>();
  #out: EngineMessage[] = [];

  constructor(options: PeerOptions = {}) {
    this.#options = options;
    this.does = { welcome: true, offer: true, grant: true, answer: true, beat: true, logged: true, ...options.does };
  }

  /** Takes the engine's end of a connection. */
  readonly listen = (connection: Connection): void => {
    this.connections += 1;
    this.#connection = connection;
    this.#forgetConnection();
    connection.onFrame = (text) => {
      if (this.#connection === connection) this.#frame(text);
    };
    connection.onClose = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
  };

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** The trials that the peer takes to be running. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  get offersOut(): readonly number[] {
    return [...this.#offers.keys()];
  }

  send(...messages: EngineMessage[]): void {
    this.#connection?.send(JSON.stringify(messages));
  }

  sendText(text: string): void {
    this.#connection?.send(text);
  }

  /** Closes the connection, as a network does. */
  cut(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close(1006, "cut");
  }

  /** Offers the task as soon as there is a credit for it. */
  launch(...tasks: PeerTask[]): void {
    this.queue.push(...tasks);
    this.#dispatch();
    this.#flush();
  }

  /** Offers it beyond the worker's credits. */
  prefetch(task: PeerTask): number {
    const offer = this.#offer(task, true);
    this.#flush();
    return offer;
  }

  welcome(fates: WelcomeFates = [], isResumed = false): void {
    this.send({
      type: "welcome",
      protocol: 1,
      worker: this.worker,
      session: this.session,
      isResumed,
      heartbeatMs: this.#options.heartbeatMs ?? 2_000,
      leaseMs: this.#options.leaseMs ?? 10_000,
      engines: [],
      fates,
    });
  }

  next<T extends WorkerMessageType>(
    type: T,
    fits: (message: WorkerMessageOf<T>) => boolean = () => true,
  ): Promise<WorkerMessageOf<T>> {
    return this.received.waitFor((message) => message.type === type && fits(message as WorkerMessageOf<T>)) as Promise<
      WorkerMessageOf<T>
    >;
  }

  all<T extends WorkerMessageType>(type: T): WorkerMessageOf<T>[] {
    return this.received.items.filter((message) => message.type === type) as WorkerMessageOf<T>[];
  }

  /** Resolves with the accepted report of the n-th trial to end. */
  async result(n: number): Promise<WorkerMessageOf<"result"> | WorkerMessageOf<"stopped">> {
    return (await this.results.waitForCount(n))[n - 1]!;
  }

  grant(offer: number): GrantMessage | undefined {
    const offered = this.#offers.get(offer);
    if (offered === undefined || !this.#accepted.delete(offer)) return undefined;
    this.#offers.delete(offer);
    const grant = this.#makeGrant(offer, offered);
    this.granted.set(grant.trial, { grant, task: offered.task });
    this.#running.add(grant.trial);
    this.#out.push(grant);
    this.#flush();
    return grant;
  }

  halt(offer: number, reason: EngineMessageOf<"halt">["reason"] = "paused"): void {
    const offered = this.#offers.get(offer);
    this.#offers.delete(offer);
    this.#accepted.delete(offer);
    if (offered !== undefined) this.queue.unshift(offered.task);
    this.send({ type: "halt", offer, reason });
  }

  /** Takes an offer back; an accept that crosses it is halted. */
  revoke(offer: number): void {
    const offered = this.#offers.get(offer);
    if (offered === undefined || this.#accepted.has(offer)) return;
    this.#offers.delete(offer);
    this.queue.push(offered.task);
    this.send({ type: "revoke", offer });
  }

  answer(report: WorkerMessageOf<"result"> | WorkerMessageOf<"stopped">): void {
    const known = this.granted.get(report.trial);
    const isOurs = known?.grant.token === report.token;
    const before = this.results.items.find(({ trial }) => trial === report.trial);
    if (!isOurs) this.#out.push({ type: "refused", trial: report.trial, reason: "unknown-trial" });
    else if (before === undefined || sameReport(before, report)) {
      if (before === undefined) this.results.add(report);
      this.#out.push({ type: "accepted", trial: report.trial });
    } else this.#out.push({ type: "refused", trial: report.trial, reason: "already-final" });
    this.#flush();
  }

  #forgetConnection(): void {
    this.credits = 0;
    for (const [, { task, isPrefetch }] of this.#offers) if (!isPrefetch) this.queue.push(task);
    this.#offers.clear();
    this.#accepted.clear();
    this.#preparing.clear();
    this.#slots = 0;
    this.#out = [];
  }

  #frame(text: string): void {
    for (const message of decodeWorkerFrame(text)) {
      if (this.#slots === 0 && message.type !== "hello") this.violations.push(`${message.type} before hello`);
      this.#take(message);
      this.received.add(message);
    }
    if (this.does.offer) this.#dispatch();
    this.#flush();
  }

  #take(message: WorkerMessage): void {
    switch (message.type) {
      case "hello":
        return this.#hello(message);
      case "acquire":
        this.credits += message.credits;
        if (this.credits > this.#slots) this.violations.push(`${this.credits} credits for ${this.#slots} slots`);
        return;
      case "accept":
        return this.#accept(message);
      case "decline":
        return this.#decline(message.offer);
      case "preparing":
        return void this.#preparing.add(message.revision);
      case "prepared":
      case "dropped":
        return void this.#preparing.delete(message.revision);
      case "result":
      case "stopped":
        return this.#report(message);
      case "log":
        return this.#log(message);
      case "heartbeat":
        if (this.does.beat) this.#out.push({ type: "heartbeat", sequence: message.sequence });
        return;
      case "leave":
        // As an engine does: a worker that has nothing left is let go.
        if (this.#running.size === 0) queueMicrotask(() => this.cut());
        return;
      case "getDeployInfo":
        return void this.#out.push({ type: "noDeployInfo" });
      default:
    }
  }

  #hello(hello: WorkerMessageOf<"hello">): void {
    this.#slots = hello.slots;
    for (const { trial, token } of hello.trials) {
      if (this.granted.get(trial)?.grant.token !== token) this.violations.push(`hello names ${trial}, never granted`);
    }
    const named = new Set(hello.trials.map(({ trial }) => trial));
    // A grant that never arrived: the task goes back, since its trial surely never began.
    for (const trial of this.#running) {
      if (named.has(trial)) continue;
      this.#running.delete(trial);
      this.queue.push(this.granted.get(trial)!.task);
    }
    const isResumed = hello.session?.id === this.session.id;
    if (this.does.welcome) this.welcome([], isResumed);
  }

  #accept({ offer }: WorkerMessageOf<"accept">): void {
    if (offer > this.#offerNumber) this.violations.push(`accepts the offer ${offer}, which was never made`);
    if (!this.#offers.has(offer)) return void this.#out.push({ type: "halt", offer, reason: "unknown-offer" });
    if (this.#accepted.has(offer)) this.violations.push(`accepts the offer ${offer} twice`);
    this.#accepted.add(offer);
    if (this.#accepted.size + this.#running.size > this.#slots) {
      this.violations.push(`${this.#accepted.size} accepted and ${this.#running.size} running in ${this.#slots} slots`);
    }
    if (this.does.grant) this.grant(offer);
  }

  #decline(offer: number): void {
    const offered = this.#offers.get(offer);
    this.#offers.delete(offer);
    if (offered !== undefined) this.queue.push(offered.task);
  }

  #report(report: WorkerMessageOf<"result"> | WorkerMessageOf<"stopped">): void {
    if (!this.granted.has(report.trial)) this.violations.push(`reports on ${report.trial}, which was never granted`);
    this.#running.delete(report.trial);
    if (this.does.answer) this.answer(report);
  }

  #log({ trial, sequence, stream, text }: WorkerMessageOf<"log">): void {
    const last = this.#logged.get(trial) ?? 0;
    if (sequence > last + 1) this.violations.push(`log ${sequence} of ${trial} follows ${last}`);
    if (sequence === last + 1) {
      this.#logged.set(trial, sequence);
      this.logs.set(`${trial} ${stream}`, (this.logs.get(`${trial} ${stream}`) ?? "") + text);
    }
    if (this.does.logged) this.#out.push({ type: "logged", trial, sequence });
  }

  #dispatch(): void {
    for (let at = 0; at < this.queue.length && this.credits > 0;) {
      const task = this.queue[at]!;
      if (this.#preparing.has(task.revision)) {
        at += 1;
        continue;
      }
      this.queue.splice(at, 1);
      this.credits -= 1;
      this.#offer(task, false);
    }
  }

  #offer(task: PeerTask, isPrefetch: boolean): number {
    const offer = (this.#offerNumber += 1);
    const id = `task_${body()}` as TaskId;
    this.#offers.set(offer, { task, id, isPrefetch });
    const { definition, revision, runtime, taskset, isAlone, needsWorkspace } = task;
    const rest = {
      ...(isPrefetch ? { isPrefetch } : {}),
      ...(taskset === undefined ? {} : { taskset }),
      ...(isAlone === undefined ? {} : { isAlone }),
      ...(needsWorkspace === undefined ? {} : { needsWorkspace }),
    };
    this.#out.push({ type: "offer", offer, task: id, definition, revision, runtime, ...rest });
    return offer;
  }

  #makeGrant(offer: number, { task, id }: Offered): GrantMessage {
    return {
      type: "grant",
      offer,
      trial: trialIdOf(id, 1),
      token: `1.1.${(this.#tokens += 1)}.mac`,
      task: id,
      definition: task.definition,
      revision: task.revision,
      number: 1,
      round: 1,
      limits: { softMs: 600_000, hardMs: 630_000, stopGraceMs: 1_000, outputBytesMax: 1_000_000 },
      leaseMs: this.#options.leaseMs ?? 10_000,
      isSafeToRerun: true,
      ...(task.input === undefined ? {} : { input: task.input }),
      ...(task.taskset === undefined ? {} : { taskset: task.taskset }),
      ...task.grant,
    };
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    const messages = this.#out;
    this.#out = [];
    this.send(...messages);
  }
}

type WelcomeFates = EngineMessageOf<"welcome">["fates"];

/** The same report again, told late, is the same report. */
function sameReport(left: object, right: object): boolean {
  const core = (report: object): string => JSON.stringify({ ...report, timings: undefined });
  return core(left) === core(right);
}
