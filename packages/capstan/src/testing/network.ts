import { CapstanError, type Connection, type Transport } from "@capstan/protocol";
import type { Activity } from "./activity.js";

/** One worker's way to the engine, which can be cut as a cable is: nothing passes any more, and nobody is told. */
export class Network implements Transport {
  readonly #transport: Transport;
  readonly #activity: Activity;
  /** Counts the cuts: a connection from before one carries nothing any more. */
  #cuts = 0;
  #isCut = false;

  constructor(transport: Transport, activity: Activity) {
    this.#transport = transport;
    this.#activity = activity;
  }

  cut(): void {
    this.#isCut = true;
    this.#cuts += 1;
  }

  heal(): void {
    this.#isCut = false;
  }

  async connect(url: string, headers: Readonly<Record<string, string>>): Promise<Connection> {
    if (this.#isCut) throw new CapstanError("unreachable", "the test has cut the network");
    const far = this.#activity.watch(await this.#transport.connect(url, headers));
    const cuts = this.#cuts;
    const isWhole = (): boolean => cuts === this.#cuts;
    const near: Connection = {
      bufferedBytes: 0,
      onFrame: () => {},
      onClose: () => {},
      send: (frame) => {
        if (isWhole()) far.send(frame);
      },
      close: (code, reason) => {
        if (isWhole()) far.close(code, reason);
      },
    };
    far.onFrame = (frame) => {
      if (isWhole()) near.onFrame(frame);
    };
    far.onClose = (reason) => {
      if (isWhole()) near.onClose(reason);
    };
    return near;
  }
}
