import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Connections that have not asked for anything yet. Browsers and pools open some ahead; a server that closes counts them as
 * busy and would wait for them.
 */
export class FreshSockets {
  readonly #sockets = new Set<Socket>();

  attach(server: Server): void {
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", ({ socket }) => this.#sockets.delete(socket));
    server.on("upgrade", ({ socket }) => this.#sockets.delete(socket));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
