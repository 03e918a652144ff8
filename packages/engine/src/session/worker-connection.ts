import {
  acceptOffer,
  acquire,
  declineOffer,
  drainWorker,
  dropConnection,
  endWorker,
  findDeployInfo,
  joinWorker,
  loseWorker,
  markSeen,
  noteHeld,
  noteProgress,
  notePhase,
  noteWorkspaceReady,
  noteOutput,
  rematchWorker,
  setWorkerStatus,
  takeHeartbeat,
  takeReport,
  type Claim,
  type Joined,
  type Worker,
} from "@capstan/core";
import {
  CapstanError,
  decodeWorkerFrame,
  parseToken,
  protocolVersion,
  toCapstanError,
  type Connection,
  type EngineMessage,
  type HelloMessage,
  type Random,
  type ResultMessage,
  type StoppedMessage,
  type WorkerMessage,
  type WorkerMessageOf,
} from "@capstan/protocol";
import type { IdSource } from "../id/id-source.js";
import type { LogDesk } from "../log/log-desk.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { Registry } from "../registry/registry.js";
import type { TaskWindow } from "../window/task-window.js";
import { expectedWorkerMessages, type ConnectionState } from "./connection-state.js";
import { FrameWriter } from "./frame-writer.js";
import { hashSecret, isSecret, type TokenSigner } from "./token-signer.js";
import type { Line, WorkerHub } from "./worker-hub.js";

export interface SessionParts {
  readonly loop: EngineLoop;
  readonly hub: WorkerHub;
  readonly signer: TokenSigner;
  readonly ids: IdSource;
  readonly random: Random;
  readonly registry: Registry;
  readonly logs: LogDesk;
  readonly window: TaskWindow;
}

/** The engine's end of one connection: checks what comes, hands it to core, and closes on what is out of place. */
export class WorkerConnection implements Line {
  readonly writer: FrameWriter;
  readonly #parts: SessionParts;
  readonly #namespace: string;
  readonly #connection: Connection;
  #state: ConnectionState = "new";
  #worker: Worker | undefined;
  /** Frames that came while the welcome waited for its commit. */
  #early: WorkerMessage[] = [];

  constructor(parts: SessionParts, namespace: string, connection: Connection) {
    this.#parts = parts;
    this.#namespace = namespace;
    this.#connection = connection;
    this.writer = new FrameWriter(connection);
    connection.onFrame = (frame) => this.#takeFrame(frame);
    connection.onClose = () => this.#closed();
  }

  close(reason: string): void {
    if (this.#state === "closed") return;
    this.writer.flush();
    this.#closed();
    this.#connection.close(1000, reason);
  }

  #closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const worker = this.#worker;
    if (worker === undefined || !this.#parts.hub.detach(worker, this)) return;
    this.#parts.loop.act((state) => dropConnection(state, worker));
  }

  #takeFrame(frame: string): void {
    if (this.#state === "closed") return;
    try {
      for (const message of decodeWorkerFrame(frame)) this.#take(message);
    } catch (error) {
      this.#refuse(toCapstanError(error));
    }
  }

  #refuse(error: CapstanError): void {
    if (this.#state === "closed") return;
    const refusal: EngineMessage = { type: "refuse", code: error.code, message: error.message };
    this.writer.open(refusal);
    this.close(error.code);
  }

  #take(message: WorkerMessage): void {
    if (this.#state === "closed") return;
    if (!expectedWorkerMessages[this.#state].has(message.type)) this.#violate(message.type);
    if (this.#state === "joined") return this.#takeJoined(this.#worker!, message);
    if (message.type === "workerDied") return this.#takeDeath(message);
    if (message.type === "hello")
      return void this.#join(message).catch((error: unknown) => this.#refuse(toCapstanError(error)));
    if (this.#early.length >= 1_000)
      throw new CapstanError("protocol-violation", "too much was sent before the welcome");
    this.#early.push(message);
  }

  #violate(type: string): never {
    const remedy = this.#state === "new" ? "a connection starts with hello" : "it is said once, on a new connection";
    throw new CapstanError(
      "protocol-violation",
      `a ${type} message has no place on a connection that is ${this.#state}: ${remedy}`,
    );
  }

  async #join(hello: HelloMessage): Promise<void> {
    if (hello.protocol !== protocolVersion) {
      throw new CapstanError(
        "unsupported-protocol",
        `the worker speaks version ${hello.protocol} of the protocol, this engine version ${protocolVersion}: update ${hello.protocol < protocolVersion ? "the worker" : "the engine"}`,
      );
    }
    this.#state = "joining";
    const { loop, hub, window } = this.#parts;
    // A grant may have left no trace but at its worker: what it names is looked for in the store before it is judged.
    await window.bring(
      this.#namespace,
      hello.trials.map(({ task }) => task),
    );
    if (this.#isClosed()) return;
    const secret = this.#findSecret(hello) ?? Buffer.from(this.#parts.random.bytes(24)).toString("base64url");
    const joined = loop.act((state, now) => joinWorker(state, this.#joining(hello, secret, now.wallMs), now));
    this.#worker = joined.worker;
    hub.attach(joined.worker, this);
    await loop.committed();
    if (this.#isClosed()) return;
    this.writer.open(this.#welcome(joined, secret));
    this.#state = "joined";
    if (joined.worker.isDraining) this.writer.push({ type: "drain", reason: "the worker is being drained" });
    // It may have missed the word that it is not any more.
    else if (hello.session !== undefined) this.writer.push({ type: "undrain" });
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#take(message);
    this.writer.flush();
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  /** The secret of the session that the worker resumes, when the session is there and the secret is right. */
  #findSecret({ session }: HelloMessage): string | undefined {
    if (session === undefined) return undefined;
    const worker = this.#parts.loop.state.sessions.get(session.id);
    if (worker === undefined || worker.namespace !== this.#namespace) return undefined;
    return isSecret(session.secret, worker.facts.secretHash) ? session.secret : undefined;
  }

  #joining(hello: HelloMessage, secret: string, nowMs: number): Parameters<typeof joinWorker>[1] {
    const { ids, loop } = this.#parts;
    const known = hello.session === undefined ? undefined : loop.state.sessions.get(hello.session.id);
    const isResumed = known !== undefined && isSecret(secret, known.facts.secretHash);
    const facts = isResumed
      ? known.facts
      : {
          namespace: this.#namespace,
          id: ids.next("worker", 0),
          name: hello.name,
          session: ids.next("session", 0),
          secretHash: hashSecret(secret),
          joinedAtMs: nowMs,
        };
    const { labels, slots, runtimes, revisions, workspaces = [] } = hello;
    return { facts, labels, slots, runtimes, revisions, workspaces, claims: this.#claims(hello, facts.id) };
  }

  /** A token is bound to the worker that it was given to: one who joins anew proves nothing of an old session's trials. */
  #claims({ trials }: HelloMessage, worker: string): Claim[] {
    const claims: Claim[] = [];
    for (const { trial, task, token: text, revision, state } of trials) {
      const parsed = parseToken(text);
      if (parsed === undefined) continue;
      const isProven = this.#parts.signer.isProven(text, { task, trial, worker, revision });
      claims.push({ trial, task, token: parsed.token, revision, isRunning: state === "running", isProven });
    }
    return claims;
  }

  #welcome({ worker, isResumed, fates }: Joined, secret: string): EngineMessage {
    const { config } = this.#parts.loop.state;
    return {
      type: "welcome",
      protocol: protocolVersion,
      worker: worker.id,
      session: { id: worker.facts.session, secret },
      isResumed,
      heartbeatMs: config.heartbeatMs,
      leaseMs: config.leaseMs,
      engines: [],
      fates: fates.map((fate) => ({ ...fate })),
    };
  }

  #takeDeath({ session, secret, trials }: WorkerMessageOf<"workerDied">): void {
    const { loop } = this.#parts;
    const worker = loop.state.sessions.get(session);
    if (worker !== undefined && isSecret(secret, worker.facts.secretHash)) {
      loop.act((state, now) => loseWorker(state, worker, `its process died with ${trials.length} trials`, now));
    }
    this.close("noted");
  }

  #takeJoined(worker: Worker, message: WorkerMessage): void {
    const { loop } = this.#parts;
    // The session has ended in this turn: its connection is closed at the end of it.
    if (loop.state.workers.get(worker.id) !== worker) return;
    loop.act((state, now) => {
      markSeen(state, worker, now);
      if (worker.status !== "unreachable") return;
      setWorkerStatus(state, worker, worker.isDraining ? "draining" : "ready", now);
      rematchWorker(state, worker);
    });
    switch (message.type) {
      case "result":
      case "stopped":
        return this.#takeReport(worker, message);
      case "accept":
        return loop.act((state, now) => acceptOffer(state, worker, message.offer, now));
      case "acquire":
        return loop.act((state) => acquire(state, worker, message));
      case "decline":
        return loop.act((state, now) => declineOffer(state, worker, message, now));
      case "heartbeat":
        return loop.act((state, now) => takeHeartbeat(state, worker, message, now));
      case "log":
        return this.#takeLog(worker, message);
      case "progress":
        return loop.act((state) => noteProgress(state, worker, message));
      case "prepared":
      case "dropped":
        return loop.act((state) => noteHeld(state, worker, message.revision, message.type === "prepared"));
      case "workspaceReady":
        return loop.act((state) => noteWorkspaceReady(state, worker, message.taskset));
      case "phaseEnded":
        return loop.act((state, now) => notePhase(state, worker, message, now));
      case "preparing":
        return;
      case "getDeployInfo":
        return this.#sendDeployInfo(worker);
      case "leave":
        return this.#takeLeave(worker);
      default:
        return this.#violate(message.type);
    }
  }

  #takeReport(worker: Worker, report: ResultMessage | StoppedMessage): void {
    const parsed = parseToken(report.token);
    if (parsed === undefined) throw new CapstanError("protocol-violation", "a report carries no lease token");
    this.#parts.loop.act((state, now) => takeReport(state, worker, { report, token: parsed.token }, now));
  }

  #takeLog(worker: Worker, message: WorkerMessageOf<"log">): void {
    this.#parts.loop.act((state) => noteOutput(state, worker, message.trial));
    this.#parts.logs.take(worker, message);
  }

  #sendDeployInfo(worker: Worker): void {
    const { loop, registry } = this.#parts;
    const revision = findDeployInfo(loop.state, worker);
    const row = revision === undefined ? undefined : registry.findRevision(worker.namespace, revision);
    this.writer.push(
      row === undefined ? { type: "noDeployInfo" } : { type: "deployInfo", revision: row.id, manifest: row.manifest },
    );
    this.writer.flush();
  }

  #takeLeave(worker: Worker): void {
    this.#parts.loop.act((state, now) => {
      if (worker.trials.size === 0) endWorker(state, worker, now);
      else drainWorker(state, worker, { isDraining: true, reason: "it leaves", now });
    });
  }
}
