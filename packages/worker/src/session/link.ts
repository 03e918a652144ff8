import { CapstanError, toCapstanError, type Clock, type Connection, type Random, type Timer } from "@capstan/protocol";
import type { Transport, WorkerMessage } from "@capstan/protocol";
import { Backoff, type BackoffOptions } from "./backoff.js";
import { Outbox } from "./outbox.js";

/** Runs a callback once everything of the present turn is done. */
export type Defer = (callback: () => void) => void;

export interface LinkOptions {
  readonly transport: Transport;
  /** Addresses of the engine's WebSocket, tried in turn. */
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: Defer;
  readonly backoff?: BackoffOptions;
}

/** What a link tells its session. */
export interface LinkListener {
  connecting(): void;
  opened(): void;
  frame(text: string): void;
  /** The connection, or the try to get one, came to its end; another try follows by itself. */
  lost(error: CapstanError, retryMs: number): void;
  /** The turn's frame is about to leave: the last chance to add to it. */
  flushing(): void;
}

/** Above so many bytes that the network has not taken, output waits; everything else still leaves. */
const pressedBytes = 1024 * 1024;

/**
 * The edge of a session: owns the connection, opens it again when it is lost, and sends what is ready in one turn of the
 * event loop as one frame. Knows nothing of what the messages mean.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #outbox = new Outbox();
  #listener: LinkListener | undefined;
  #connection: Connection | undefined;
  #tries = 0;
  #retry: Timer | undefined;
  #isFlushing = false;
  #isClosed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random, options.backoff);
  }

  /** Opens the first connection. */
  start(listener: LinkListener): void {
    this.#listener = listener;
    void this.#connect();
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  /** Whether the network takes less than is sent. */
  get isPressed(): boolean {
    return (this.#connection?.bufferedBytes ?? 0) + this.#outbox.characters > pressedBytes;
  }

  /** The address that is, or was last, connected to. */
  get url(): string {
    const { urls } = this.#options;
    return urls[Math.max(0, this.#tries - 1) % urls.length]!;
  }

  /** Queues a message for this turn's frame; without a connection it is dropped. */
  send(message: WorkerMessage): void {
    if (this.#connection === undefined) return;
    this.#outbox.push(message);
    this.flushSoon();
  }

  /** Queues a message that is JSON text already. */
  sendText(text: string): void {
    if (this.#connection === undefined) return;
    this.#outbox.pushText(text);
    this.flushSoon();
  }

  /** Lets a frame leave at the end of this turn, after `flushing` had its say. */
  flushSoon(): void {
    if (this.#isFlushing || this.#connection === undefined) return;
    this.#isFlushing = true;
    this.#options.defer(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  /** Sends what is ready at once. */
  flush(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#listener?.flushing();
    for (const frame of this.#outbox.takeFrames()) connection.send(frame);
  }

  /** The connection has proved its worth: the next loss is followed by a quick try again. */
  settled(): void {
    this.#backoff.reset();
  }

  /** Gives the connection up and opens another one. */
  reconnect(error: CapstanError): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#drop();
    connection.close(error.code === "protocol-violation" ? 1002 : 1001, error.message.slice(0, 100));
    this.#lose(error);
  }

  /** Ends it for good. */
  close(reason = "the worker is closed"): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#retry?.cancel();
    const connection = this.#connection;
    this.#drop();
    connection?.close(1000, reason);
  }

  async #connect(): Promise<void> {
    const { transport, headers, urls } = this.#options;
    const url = urls[this.#tries % urls.length]!;
    this.#tries += 1;
    this.#listener?.connecting();
    try {
      this.#open(await transport.connect(url, headers));
    } catch (error) {
      if (!this.#isClosed) this.#lose(toCapstanError(error));
    }
  }

  #open(connection: Connection): void {
    if (this.#isClosed) return connection.close(1000, "the worker is closed");
    this.#connection = connection;
    connection.onFrame = (text) => {
      if (this.#connection === connection) this.#listener?.frame(text);
    };
    connection.onClose = (reason) => {
      if (this.#connection !== connection) return;
      this.#drop();
      this.#lose(new CapstanError("unreachable", `the connection was closed: ${reason}`));
    };
    this.#listener?.opened();
  }

  #drop(): void {
    this.#connection = undefined;
    this.#outbox.clear();
  }

  #lose(error: CapstanError): void {
    const retryMs = this.#backoff.nextMs();
    this.#listener?.lost(error, retryMs);
    if (this.#isClosed) return;
    this.#retry = this.#options.clock.setTimer(retryMs, () => void this.#connect());
  }
}
