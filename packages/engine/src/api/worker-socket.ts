import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { CapstanError, limits, toCapstanError, type Clock, type Connection } from "@capstan/protocol";
import type { Guard } from "../auth/guard.js";
import type { ApiContext } from "./context.js";
import { isNamespace } from "./namespace.js";
import { problemResponse } from "./problem.js";

/** What may wait in memory for one worker before it is cut off; it then resumes its session and asks anew. */
const bufferedBytesMax = 4 * limits.frameBytesMax;
const keepAliveMs = 15_000;
/** How long the other end may take to answer a closing. */
const closeMs = 2_000;
const workerUrl = /^\/v1\/namespaces\/([^/?]+)\/worker(?:\?|$)/;

const closeCodes = { goingAway: 1001, unsupportedData: 1003, internal: 1011 } as const;

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
      const { operations } = this.#context;
      try {
        operations.acceptWorker(namespace, adaptWebSocket(webSocket, this.#context));
      } catch (error) {
        this.#context.logger.error({ namespace, error }, "worker could not be accepted");
        webSocket.close(closeCodes.internal, "the engine could not take the connection");
      }
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

/**
 * A WebSocket as a connection of the worker protocol: text frames in order. What breaks the rules closes it: a binary frame
 * (1003), one that is too large (1009), a reader too slow. After either end closed it, no frame comes any more.
 */
export function adaptWebSocket(
  webSocket: WebSocket,
  { clock, logger }: Pick<ApiContext, "clock" | "logger">,
): Connection {
  let isOver = false;
  const finish = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    connection.onClose(reason);
  };
  const close = (code: number, reason: string): void => {
    webSocket.close(code, shorten(reason));
    cutLater(webSocket, clock);
  };
  const connection: Connection = {
    send(frame) {
      if (isOver) return;
      if (webSocket.bufferedAmount <= bufferedBytesMax) return webSocket.send(frame);
      webSocket.terminate();
      finish(`the worker left more than ${bufferedBytesMax} bytes unread`);
    },
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    close(code = 1000, reason = "") {
      isOver = true;
      close(code, reason);
    },
    onFrame: () => {},
    onClose: () => {},
  };
  webSocket.on("message", (data: RawData, isBinary: boolean) => {
    if (isOver) return;
    if (isBinary) {
      close(closeCodes.unsupportedData, "frames are text");
      finish("the worker sent a binary frame");
      return;
    }
    try {
      connection.onFrame((data as Buffer).toString("utf8"));
    } catch (error) {
      // One worker's frame never ends the engine, whatever it ran into.
      logger.error({ error }, "frame could not be taken");
      close(closeCodes.internal, "the engine failed on a frame");
      finish("the engine failed on a frame");
    }
  });
  webSocket.on("error", (error) => {
    cutLater(webSocket, clock);
    finish(error.message);
  });
  webSocket.on("close", (code, reason) => finish(reason.toString("utf8") || `closed with ${code}`));
  return connection;
}

/** Cuts a connection whose other end does not answer the closing. */
function cutLater(webSocket: WebSocket, clock: Clock): void {
  const timer = clock.setTimer(closeMs, () => webSocket.terminate());
  webSocket.once("close", () => timer.cancel());
}

/** A close reason has 123 bytes at most. */
function shorten(reason: string): string {
  let text = reason.slice(0, 123);
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}
