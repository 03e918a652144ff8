import { setMaxListeners } from "node:events";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { CapstanError, systemClock, type Clock } from "@capstan/protocol";
import { makeGuard } from "../auth/guard.js";
import type { EngineMeasures, EngineOperations } from "../engine/operations.js";
import type { ApiContext } from "./context.js";
import { FreshSockets } from "./fresh-sockets.js";
import { makeCrossOrigin } from "./cross-origin.js";
import { makeHandlers } from "./handlers.js";
import { inProcessFetch, type Fetch } from "./in-process.js";
import { silentLogger, type Logger } from "./logger.js";
import { makeServer } from "./server.js";
import { WorkerSockets } from "./worker-socket.js";

export interface ApiOptions {
  readonly operations: EngineOperations;
  readonly measures: () => EngineMeasures;
  /** The address to listen on; default 127.0.0.1. Any but loopback needs a token. */
  readonly host?: string;
  /** The port; 0 for any free one. Without it nothing listens, and only `fetch` reaches the API. */
  readonly port?: number;
  /** The admin token. */
  readonly token?: string;
  /** Origins whose pages may call it from a browser; default none. */
  readonly allowOrigins?: readonly string[];
  readonly logger?: Logger;
  readonly clock?: Clock;
}

export interface Api {
  /** Where it listens; undefined when it does not. */
  readonly url: string | undefined;
  /** Calls the API from within the process. */
  readonly fetch: Fetch;
  /**
   * Ends waits and streams, closes the workers' connections, answers what is under way, and stops listening. Whoever has
   * not gone after `graceMs` (default 2,000) is cut off.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts the API of an engine.
 * @throws CapstanError `token-required` when it would listen beyond loopback without a token; `invalid-config` when the
 * address is taken or not of this machine.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { operations, measures, host = "127.0.0.1", port, token, logger = silentLogger, clock = systemClock } = options;
  const guard = makeGuard({ token, host: port === undefined ? undefined : host });
  const crossOrigin = makeCrossOrigin(options.allowOrigins ?? []);
  const closing = new AbortController();
  // Every request that waits listens to it.
  setMaxListeners(0, closing.signal);
  const context: ApiContext = { operations, measures, clock, logger, closing: closing.signal };
  const server = makeServer({ context, guard, crossOrigin, handlers: makeHandlers(context) });
  const sockets = new WorkerSockets(context, guard);
  sockets.attach(server.server);
  const fresh = new FreshSockets();
  fresh.attach(server.server);
  const url = port === undefined ? undefined : await listen(server, host, port);
  if (port === undefined) await server.ready();
  else logger.info({ url }, "api listens");
  let closed: Promise<void> | undefined;
  return {
    url,
    fetch: inProcessFetch(server, context, token),
    close: ({ graceMs = 2_000 } = {}) => (closed ??= close({ server, sockets, fresh, closing, clock, graceMs })),
  };
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "another process listens there" : message;
    throw new CapstanError(
      "invalid-config",
      `cannot listen on ${host}:${port}: ${reason}; choose another with --port`,
      {
        cause,
      },
    );
  }
  const address = server.server.address() as AddressInfo;
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

interface Closing {
  readonly server: FastifyInstance;
  readonly sockets: WorkerSockets;
  readonly fresh: FreshSockets;
  readonly closing: AbortController;
  readonly clock: Clock;
  readonly graceMs: number;
}

async function close({ server, sockets, fresh, closing, clock, graceMs }: Closing): Promise<void> {
  closing.abort(new CapstanError("shutting-down", "the engine is shutting down"));
  sockets.close();
  fresh.close();
  const timer = clock.setTimer(graceMs, () => {
    sockets.terminate();
    server.server.closeAllConnections();
  });
  await server.close();
  timer.cancel();
}
