import {
  decodeEngineFrame,
  type Connection,
  type EngineMessage,
  type EngineMessageOf,
  type EngineMessageType,
  type GrantMessage,
} from "@capstan/protocol";
import { broken } from "../invariant/broken.js";
import { messagesOf } from "./said.js";

/** A worker's end of connections, that says whatever it is made to say, and remembers what it was told. */
export class LyingWorker {
  readonly grants: GrantMessage[] = [];
  readonly offers: number[] = [];
  session: { id: string; secret: string } | undefined;
  worker: string | undefined;
  /** Offers that were accepted; a grant may have been on its way when the connection broke. */
  readonly #accepted = new Set<number>();
  #connection: Connection | undefined;
  #isClosed = false;
  #hasJoined = false;
  #lastFrame = "[]";

  get isConnected(): boolean {
    return this.#connection !== undefined && !this.#isClosed;
  }

  attach(connection: Connection): void {
    this.#connection?.close();
    this.#connection = connection;
    this.#isClosed = false;
    this.#hasJoined = false;
    this.offers.length = 0;
    connection.onFrame = (frame) => {
      if (this.#connection === connection) this.#hear(frame);
    };
    connection.onClose = () => {
      if (this.#connection === connection) this.#isClosed = true;
    };
  }

  say(...messages: readonly unknown[]): void {
    this.sayText(JSON.stringify(messages));
  }

  sayText(frame: string): void {
    this.#lastFrame = frame;
    for (const { type, offer } of messagesOf(frame)) {
      if (type === "accept" && typeof offer === "number") this.#accepted.add(offer);
    }
    this.#connection?.send(frame);
  }

  repeat(): void {
    this.sayText(this.#lastFrame);
  }

  cut(): void {
    this.#connection?.close();
    this.#isClosed = true;
  }

  /** Whatever an engine says is of the protocol, and in its place. */
  #hear(frame: string): void {
    for (const message of decodeEngineFrame(frame)) {
      if (!this.#hasJoined && !early.has(message.type)) broken("an engine speaks before its welcome", message);
      this.#note(message);
    }
  }

  #note(message: EngineMessage): void {
    switch (message.type) {
      case "welcome":
        this.#hasJoined = true;
        this.session = message.session;
        this.worker = message.worker;
        return;
      case "offer":
        this.offers.push(message.offer);
        return;
      case "grant":
        return this.#noteGrant(message);
      default:
    }
  }

  #noteGrant(grant: EngineMessageOf<"grant">): void {
    if (!this.#accepted.delete(grant.offer)) broken("a grant of an offer that was not accepted", grant);
    if (this.grants.some(({ trial }) => trial === grant.trial)) broken("one trial is granted twice", grant.trial);
    if (this.grants.some(({ token }) => token === grant.token)) broken("one token is given twice", grant.token);
    this.grants.push(grant);
  }
}

const early: ReadonlySet<EngineMessageType> = new Set<EngineMessageType>(["welcome", "refuse"]);
