import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { statementName } from "./statement-name.js";

/** How a commit is sent: with its text the first time on a connection, and by its name from then on. */
const commits = ["COMMIT\0", `\0${statementName("COMMIT")}\0`];

/** A way to a PostgreSQL server that can be cut at the moment that matters. */
export class ServerProxy {
  readonly url: string;
  readonly #listener: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isSwallowing = false;
  #isStopping = false;
  /** How many commits, or answers to one, were kept back. */
  swallowed = 0;

  private constructor(listener: Server, url: string) {
    this.#listener = listener;
    this.url = url;
  }

  static async start(target: string): Promise<ServerProxy> {
    const url = new URL(target);
    const [host, port] = [url.hostname, Number(url.port)];
    const listener = createServer((near) => proxy.#join(near, connect(port, host)));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    url.port = String((listener.address() as AddressInfo).port);
    const proxy = new ServerProxy(listener, url.href);
    return proxy;
  }

  /** Cuts the connection in place of the next answer that a commit went through. */
  swallowCommit(): void {
    this.#isSwallowing = true;
  }

  /** Cuts the connection in place of the next commit: the server never hears of it. */
  cutBeforeCommit(): void {
    this.#isStopping = true;
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
    near.on("data", (data) => {
      if (this.#isStopping && commits.some((name) => data.includes(name))) {
        this.#isStopping = false;
        this.swallowed += 1;
        near.destroy();
      } else far.write(data);
    });
    far.on("data", (data) => {
      if (this.#isSwallowing && data.includes("COMMIT\0")) {
        this.#isSwallowing = false;
        this.swallowed += 1;
        near.destroy();
      } else near.write(data);
    });
  }
}
