import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection } from "@capstan/protocol";
import { WebSocketServer, type WebSocket } from "ws";
import { HttpPeer } from "../worker.test.support.js";
import { EnginePeer, type PeerOptions } from "./engine-peer.test.support.js";

/** The scripted engine behind a real WebSocket server. */
export class WsPeer {
  readonly peer: EnginePeer;
  readonly http = new HttpPeer();
  readonly sockets: WebSocket[] = [];
  readonly tcp = new Set<Socket>();
  readonly authorizations: (string | undefined)[] = [];
  token: string | undefined;
  #server: Server | undefined;
  #url = "";

  constructor(options: PeerOptions = {}) {
    this.peer = new EnginePeer({ heartbeatMs: 100, ...options });
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const server = createServer();
    this.#server = server;
    const sockets = new WebSocketServer({ noServer: true });
    server.on("connection", (socket) => this.tcp.add(socket.on("close", () => this.tcp.delete(socket))));
    server.on("upgrade", (request, socket, head) => {
      this.authorizations.push(request.headers.authorization);
      const isWelcome = this.token === undefined || request.headers.authorization === `Bearer ${this.token}`;
      if (!isWelcome) return void socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return sockets.handleUpgrade(request, socket, head, (client) => this.#take(client));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.tcp) socket.destroy();
    this.#server?.close();
    if (this.#server !== undefined) await once(this.#server, "close");
  }

  #take(client: WebSocket): void {
    this.sockets.push(client);
    const connection: Connection = {
      bufferedBytes: 0,
      send: (frame) => client.send(frame),
      close: (code, reason) => (code === 1006 ? client.terminate() : client.close(code, reason)),
      onFrame: () => {},
      onClose: () => {},
    };
    client.on("message", (data: Buffer) => connection.onFrame(data.toString("utf8")));
    client.on("close", (_, reason) => connection.onClose(reason.toString("utf8")));
    client.on("error", () => {});
    this.peer.listen(connection);
  }
}
