import { once } from "node:events";
import {
  decodeEngineFrame,
  protocolVersion,
  type EngineMessage,
  type EngineMessageOf,
  type WorkerMessage,
} from "@capstan/protocol";
import { Recorder, within } from "@capstan/testkit";
import { WebSocket } from "ws";

type HeldTrial = Extract<WorkerMessage, { type: "hello" }>["trials"][number];
type EngineMessageType = EngineMessage["type"];

export interface RawHello {
  readonly name?: string;
  readonly slots?: number;
  readonly session?: { readonly id: string; readonly secret: string };
  readonly trials?: readonly HeldTrial[];
  readonly protocol?: number;
}

/** The worker's end of one connection, driven by hand: what a worker in any language could send, and what none should. */
export class RawWorker {
  readonly received = new Recorder<EngineMessage>();
  readonly closed: Promise<{ readonly code: number }>;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (frame) => {
      for (const message of decodeEngineFrame((frame as Buffer).toString())) this.received.add(message);
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.on("close", (code) => resolve({ code })));
  }

  static async connect(url: string): Promise<RawWorker> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/namespaces/default/worker`);
    const worker = new RawWorker(socket);
    await once(socket, "open");
    return worker;
  }

  /** Connects and joins as a worker of commands. */
  static async join(
    url: string,
    hello: RawHello = {},
  ): Promise<{ worker: RawWorker; welcome: EngineMessageOf<"welcome"> }> {
    const worker = await RawWorker.connect(url);
    worker.hello(hello);
    return { worker, welcome: await worker.next("welcome") };
  }

  hello({ name = "raw", slots = 4, session, trials = [], protocol = protocolVersion }: RawHello = {}): void {
    this.send({
      type: "hello",
      protocol,
      name,
      labels: [],
      slots,
      runtimes: ["command", "node"],
      revisions: [],
      trials: [...trials],
      ...(session === undefined ? {} : { session }),
    });
  }

  send(...messages: readonly WorkerMessage[]): void {
    this.sendText(JSON.stringify(messages));
  }

  sendText(text: string | Buffer): void {
    this.#socket.send(text);
  }

  /** The n-th message of the type (default: the first), received already or yet to come. */
  async next<T extends EngineMessageType>(type: T, n = 1, timeoutMs = 10_000): Promise<EngineMessageOf<T>> {
    await within(
      this.received.waitFor(() => this.#all(type).length >= n, timeoutMs),
      timeoutMs + 1_000,
      `${n} × ${type}`,
    );
    return this.#all(type)[n - 1]!;
  }

  /** Asks for one task, accepts what is offered, and gives the grant. */
  async take(): Promise<EngineMessageOf<"grant">> {
    const offers = this.#all("offer").length;
    const grants = this.#all("grant").length;
    this.send({ type: "acquire", revisions: "any", credits: 1 });
    const { offer } = await this.next("offer", offers + 1);
    this.send({ type: "accept", offer });
    return this.next("grant", grants + 1);
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  #all<T extends EngineMessageType>(type: T): EngineMessageOf<T>[] {
    return this.received.items.filter((message): message is EngineMessageOf<T> => message.type === type);
  }
}

/** How a trial that was granted is told of in hello. */
export function heldOf(grant: EngineMessageOf<"grant">, state: "running" | "ended"): HeldTrial {
  const { trial, task, token, revision } = grant;
  return { trial, task, token, revision, state };
}

/** The report that a granted trial has succeeded. */
export function successOf({ trial, token }: EngineMessageOf<"grant">, output: unknown): WorkerMessage {
  return { type: "result", trial, token, status: "succeeded", hasBegun: true, output, timings: { durationMs: 5 } };
}
