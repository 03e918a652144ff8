import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { CapstanError, limits, toCapstanError, type Connection } from "@capstan/protocol";
import type { Guard } from "../auth/guard.js";
import type { ApiContext } from "./context.js";
import { isNamespace } from "./namespace.js";
import { problemResponse } from "./problem.js";

/** What may wait in memory for one worker before it is cut off; it then resumes its session and asks anew. */
const bufferedBytesMax = 4 * limits.frameBytesMax;
const keepAliveMs = 15_000;
const workerUrl = /^\/v1\/namespaces\/([^/?]+)\/worker(?:\?|$)/;

const closeCodes = { unsupportedData: 1003, goingAway: 1001 } as const;

/**
 * Takes WebSocket upgrades at `workerPath(namespace)` and hands each connection to the engine. Who may not join is told
 * so by HTTP, before any upgrade: `unauthorized`, `not-found`, `invalid-request`, `shutting-down`.
 */
export class WorkerSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
  });
  readonly #context: ApiContext;
  readonly #guard: Guard;

  constructor(context: ApiContext, guard: Guard) {
    this.#context = context;
    this.#guard = guard;
    this.#server.on("wsClientError", (error, socket) => {
      refuse(socket, new CapstanError("invalid-request", `this is no WebSocket upgrade: ${error.message}`));
    });
  }

  attach(server: Server): void {
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Closes all connections that are open; the workers reconnect to whoever comes next. */
  close(): void {
    for (const socket of this.#server.clients) socket.close(closeCodes.goingAway, "the engine shuts down");
    this.#server.close();
  }

  /** Cuts the connections that did not close by themselves. */
  terminate(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    let namespace: string;
    try {
      namespace = this.#admit(request);
    } catch (error) {
      refuse(socket, toCapstanError(error));
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const tcp = socket as Socket;
      tcp.setNoDelay(true);
      tcp.setKeepAlive(true, keepAliveMs);
      this.#context.operations.acceptWorker(namespace, adapt(webSocket));
    });
  }

  /** The namespace that the worker may join. */
  #admit(request: IncomingMessage): string {
    this.#guard(request.headers);
    const path = request.url ?? "";
    const namespace = decode(workerUrl.exec(path)?.[1]);
    if (namespace === undefined) {
      throw new CapstanError("not-found", `${path.slice(0, 200)} takes no WebSocket; workers join at …/worker`);
    }
    if (request.method !== "GET") throw new CapstanError("method-not-allowed", "a WebSocket is asked for with GET");
    const { closing, operations } = this.#context;
    if (closing.aborted || !operations.isReady)
      throw new CapstanError("shutting-down", "the engine takes no workers now");
    return namespace;
  }
}

function decode(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    const name = decodeURIComponent(part);
    return isNamespace(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

const phrases: Readonly<Record<number, string>> = { 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable" };

function refuse(socket: Duplex, error: CapstanError): void {
  if (socket.writable) socket.end(problemResponse(error, phrases[error.status] ?? "Bad Request"));
  // Whatever else the client sends is dropped, so that it gets to read the answer.
  socket.resume();
  socket.once("finish", () => socket.destroy());
}

/** A WebSocket as a connection of the worker protocol: text frames in order; a binary one closes it with 1003. */
export function adapt(webSocket: WebSocket): Connection {
  const connection: Connection = {
    send(frame) {
      if (webSocket.readyState !== webSocket.OPEN) return;
      if (webSocket.bufferedAmount > bufferedBytesMax) webSocket.terminate();
      else webSocket.send(frame);
    },
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    close(code = 1000, reason = "") {
      webSocket.close(code, shorten(reason));
    },
    onFrame: () => {},
    onClose: () => {},
  };
  webSocket.on("message", (data: RawData, isBinary: boolean) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (isBinary) webSocket.close(closeCodes.unsupportedData, "frames are text");
    else connection.onFrame((data as Buffer).toString("utf8"));
  });
  let failure = "";
  webSocket.on("error", (error) => {
    failure = error.message;
  });
  webSocket.on("close", (code, reason) =>
    connection.onClose(failure || reason.toString("utf8") || `closed with ${code}`),
  );
  return connection;
}

/** A close reason has 123 bytes at most. */
function shorten(reason: string): string {
  let text = reason.slice(0, 123);
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
