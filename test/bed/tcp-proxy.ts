import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Lane } from "./lane.js";

/** A proxy between a worker and its engine, whose connections a test cuts, silences, slows down and damages. */
export class TcpProxy {
  readonly toEngine = new Lane();
  readonly toWorker = new Lane();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true }, (near) => {
      if (this.#isCut) {
        near.resetAndDestroy();
        return;
      }
      const far = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => this.#sockets.delete(socket));
      }
      void carry(near, far, this.toEngine);
      void carry(far, near, this.toWorker);
    });
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets all connections, and every new one until {@link mend}. */
  cut(): void {
    this.#isCut = true;
    this.reset();
  }

  /** Resets all connections; new ones may come. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends whatever was done to it. */
  mend(): void {
    this.#isCut = false;
    this.toEngine.mend();
    this.toWorker.mend();
  }

  close(): void {
    this.cut();
    this.toEngine.mend();
    this.toWorker.mend();
    this.#server.close();
  }
}

/** Carries bytes one way, and then the end of the connection, which travels no faster than they do. */
async function carry(from: Socket, to: Socket, lane: Lane): Promise<void> {
  try {
    for await (const chunk of from) {
      const bytes = await lane.pass(chunk as Buffer);
      if (to.destroyed) break;
      if (!to.write(bytes)) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    await lane.opened();
    to.end();
  } catch {
    await lane.opened();
    to.resetAndDestroy();
  }
}
