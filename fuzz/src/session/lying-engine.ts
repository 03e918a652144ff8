import {
  decodeWorkerFrame,
  encodeIdBody,
  trialIdOf,
  type Connection,
  type TaskId,
  type WorkerMessage,
  type WorkerMessageOf,
} from "@capstan/protocol";
import { broken } from "../invariant/broken.js";
import { messagesOf, type SaidMessage } from "./said.js";

const unknownTask = `task_${"0".repeat(22)}` as TaskId;

/** An engine's end of a worker's connections, that says whatever it is made to say, and remembers what it was told. */
export class LyingEngine {
  /** Accepted on this connection, and not granted yet. */
  readonly accepted: number[] = [];
  /** Offered on this connection. */
  readonly offers = new Map<number, TaskId>();
  readonly trials: string[] = [];
  readonly reported: string[] = [];
  heartbeat = 0;
  readonly #slots: number;
  #connection: Connection | undefined;
  #hasHello = false;
  #isWelcome = false;
  #ids = 0;
  #lastFrame = "[]";

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Takes the engine's end of a connection. */
  attach(connection: Connection): void {
    this.#connection = connection;
    this.#hasHello = false;
    this.#isWelcome = false;
    this.accepted.length = 0;
    this.offers.clear();
    connection.onFrame = (frame) => {
      if (this.#connection === connection) for (const message of decodeWorkerFrame(frame)) this.#hear(message);
    };
    connection.onClose = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
  }

  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  say(...messages: readonly unknown[]): void {
    this.sayText(JSON.stringify(messages));
  }

  sayText(frame: string): void {
    this.#lastFrame = frame;
    for (const message of messagesOf(frame)) this.#noteSaid(message);
    this.#connection?.send(frame);
  }

  repeat(): void {
    this.sayText(this.#lastFrame);
  }

  /** What is said need not be what would be right to say: it was said. */
  #noteSaid({ type, trial, offer }: SaidMessage): void {
    if (type === "welcome") this.#isWelcome = true;
    if (type === "grant" && typeof trial === "string") this.trials.push(trial);
    if (type === "offer" && typeof offer === "number" && !this.offers.has(offer)) this.offers.set(offer, unknownTask);
  }

  cut(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** A number and a task that were not offered before. */
  offer(): { offer: number; task: TaskId } {
    this.#ids += 1;
    const task = `task_${encodeIdBody({ timeMs: 1, partition: 1, epoch: 1, sequence: this.#ids })}` as TaskId;
    this.offers.set(this.#ids, task);
    return { offer: this.#ids, task };
  }

  trialOf(offer: number): string {
    const trial = trialIdOf(this.offers.get(offer) ?? unknownTask, 1);
    if (!this.trials.includes(trial)) this.trials.push(trial);
    return trial;
  }

  /** Whatever a worker says is of the protocol, and in its place. */
  #hear(message: WorkerMessage): void {
    if (!this.#hasHello && message.type !== "hello") broken("a worker speaks before its hello", message);
    if (this.#hasHello && !this.#isWelcome) broken("a worker speaks before it is welcome", message);
    switch (message.type) {
      case "hello":
        if (this.#hasHello) broken("a second hello on one connection");
        this.#hasHello = true;
        return;
      case "accept":
        return this.#hearAccept(message);
      case "acquire":
        if (message.credits > this.#slots) broken("more credits than slots", message.credits);
        return;
      case "heartbeat":
        this.heartbeat = message.sequence;
        return;
      case "result":
      case "stopped":
        if (!this.trials.includes(message.trial)) broken("a report on what was never granted", message);
        if (!this.reported.includes(message.trial)) this.reported.push(message.trial);
        return;
      default:
    }
  }

  #hearAccept({ offer }: WorkerMessageOf<"accept">): void {
    if (!this.offers.has(offer)) broken("an accept of what was not offered on this connection", offer);
    if (this.accepted.includes(offer)) broken("an offer is accepted twice", offer);
    this.accepted.push(offer);
  }
}
