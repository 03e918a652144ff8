import { CapstanError, limits, type Connection, type Transport } from "@capstan/protocol";
import { WebSocket } from "ws";

export interface WsTransportOptions {
  /** How long opening a connection may take, in ms. Default 5,000. */
  readonly openMs?: number;
}

/** Reaches an engine over a WebSocket. */
export class WsTransport implements Transport {
  readonly #openMs: number;

  constructor({ openMs = 5_000 }: WsTransportOptions = {}) {
    this.#openMs = openMs;
  }

  connect(url: string, headers: Readonly<Record<string, string>>): Promise<Connection> {
    const socket = new WebSocket(url, {
      headers: { ...headers },
      handshakeTimeout: this.#openMs,
      perMessageDeflate: false,
      maxPayload: 4 * limits.frameBytesMax,
      skipUTF8Validation: false,
    });
    return new Promise((resolve, reject) => {
      socket.on("error", (error) =>
        reject(new CapstanError("unreachable", `${url}: ${error.message}`, { cause: error })),
      );
      socket.on("unexpected-response", (request, response) => {
        const status = response.statusCode ?? 0;
        reject(refusalOf(url, status));
        request.destroy();
      });
      socket.on("open", () => resolve(new WsConnection(socket)));
    });
  }
}

/** How long the engine has to answer a close before the connection is cut. */
const closeMs = 1_000;

class WsConnection implements Connection {
  readonly #socket: WebSocket;
  onFrame: (frame: string) => void = () => {};
  onClose: (reason: string) => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) socket.close(1003, "frames are text");
      else this.onFrame(data.toString("utf8"));
    });
    socket.on("close", (code, reason) => this.onClose(`${code} ${reason.toString("utf8")}`.trim()));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: string): void {
    // What cannot be sent any more is told by `close`; the session sends it again.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame, () => {});
  }

  close(code = 1000, reason = ""): void {
    this.#socket.close(code, Buffer.from(reason).subarray(0, 120));
    // The other side may be gone without a word.
    const timer = setTimeout(() => this.#socket.terminate(), closeMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }
}

function refusalOf(url: string, status: number): CapstanError {
  if (status === 401 || status === 403) return new CapstanError("unauthorized", `${url} wants another token`);
  if (status === 404) return new CapstanError("not-found", `${url} is no engine, or it has no such namespace`);
  return new CapstanError("unreachable", `${url} answered with status ${status}`);
}
