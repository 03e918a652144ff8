import { CapstanError } from "../error/capstan-error.js";
import type { Connection, Transport } from "./transport.js";

/** Takes the engine's end of each connection that a worker opens. */
export type Listener = (connection: Connection, url: string, headers: Readonly<Record<string, string>>) => void;

/** Runs a callback after the present turn, before any timer: `queueMicrotask`, or the simulator's own. */
export type Defer = (callback: () => void) => void;

interface End extends Connection {
  isOpen: boolean;
}

/** Engine and worker in one process: frames pass as they are, in order, one turn later. */
export class MemoryTransport implements Transport {
  readonly #listeners = new Map<string, Listener>();
  readonly #defer: Defer;

  constructor(defer: Defer = (globalThis as unknown as { queueMicrotask: Defer }).queueMicrotask) {
    this.#defer = defer;
  }

  /** Answers connections to the URL until the returned function is called. */
  listen(url: string, listener: Listener): () => void {
    this.#listeners.set(url, listener);
    return () => this.#listeners.delete(url);
  }

  async connect(url: string, headers: Readonly<Record<string, string>>): Promise<Connection> {
    const listener = this.#listeners.get(url);
    if (listener === undefined) throw new CapstanError("unreachable", `nobody listens at ${url}`);
    const [near, far] = this.#pair();
    listener(far, url, headers);
    return near;
  }

  #pair(): [End, End] {
    const defer = this.#defer;
    const makeEnd = (other: () => End): End => ({
      isOpen: true,
      bufferedBytes: 0,
      onFrame: () => {},
      onClose: () => {},
      send(frame) {
        if (this.isOpen) defer(() => other().isOpen && other().onFrame(frame));
      },
      close(_code, reason = "closed") {
        if (!this.isOpen) return;
        this.isOpen = false;
        defer(() => {
          const peer = other();
          if (!peer.isOpen) return;
          peer.isOpen = false;
          peer.onClose(reason);
        });
      },
    });
    const near: End = makeEnd(() => far);
    const far: End = makeEnd(() => near);
    return [near, far];
  }
}
