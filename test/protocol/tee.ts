import {
  decodeEngineFrame,
  decodeWorkerFrame,
  type Connection,
  type EngineMessage,
  type Transport,
  type WorkerMessage,
} from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { WsTransport } from "@capstan/worker";
import type { Entry } from "./recording.js";

/** Writes down every frame that passes, both ways, on the way to a real engine. */
export class Tee implements Transport {
  readonly entries = new Recorder<Entry>();
  readonly #inner = new WsTransport();
  #connections = 0;

  async connect(url: string, headers: Readonly<Record<string, string>>): Promise<Connection> {
    const inner = await this.#inner.connect(url, headers);
    const connection = (this.#connections += 1);
    const { entries } = this;
    const outer: Connection = {
      send(frame) {
        entries.add({ connection, worker: decodeWorkerFrame(frame) });
        inner.send(frame);
      },
      get bufferedBytes() {
        return inner.bufferedBytes;
      },
      close(code, reason) {
        entries.add({ connection, isClosed: true });
        inner.close(code, reason);
      },
      onFrame: () => {},
      onClose: () => {},
    };
    inner.onFrame = (frame) => {
      entries.add({ connection, engine: decodeEngineFrame(frame) });
      outer.onFrame(frame);
    };
    inner.onClose = (reason) => outer.onClose(reason);
    return outer;
  }
}

/** A worker's end of a connection that is spoken by hand. */
export class Hand {
  readonly #connection: Connection;
  readonly #received = new Recorder<EngineMessage>();
  #seen = 0;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.onFrame = (frame) => {
      for (const message of decodeEngineFrame(frame)) this.#received.add(message);
    };
  }

  static async open(transport: Transport, url: string): Promise<Hand> {
    return new Hand(await transport.connect(url, {}));
  }

  say(...messages: WorkerMessage[]): void {
    this.#connection.send(JSON.stringify(messages));
  }

  /** Says what may be no frame at all. */
  sayText(frame: string): void {
    this.#connection.send(frame);
  }

  /** The next message of the type, of those that were not waited for yet. */
  async hear<T extends EngineMessage["type"]>(type: T): Promise<Extract<EngineMessage, { type: T }>> {
    const fits = (message: EngineMessage): boolean =>
      message.type === type && this.#received.items.indexOf(message) >= this.#seen;
    const message = await this.#received.waitFor(fits);
    this.#seen = this.#received.items.indexOf(message) + 1;
    return message as Extract<EngineMessage, { type: T }>;
  }

  close(): void {
    this.#connection.close();
  }
}
