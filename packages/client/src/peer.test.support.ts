import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CapstanError,
  defaultNamespace,
  makeCheck,
  routes,
  type Check,
  type Route,
  type RouteName,
} from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { Capstan } from "./capstan.js";
import type { CapstanOptions } from "./connection/settings.js";

export interface PeerRequest {
  readonly route: RouteName;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  readonly raw: { readonly request: IncomingMessage; readonly response: ServerResponse };
  /** Which request of this route it is, from 1. */
  readonly n: number;
}

/** What a handler gives: a JSON body, an error, or nothing when it wrote the response itself. */
type Handler = (request: PeerRequest) => unknown;
export type Handlers = Partial<Record<RouteName, Handler>>;

/** Ends the connection without an answer, as a crash or a cut cable does. */
export function drop({ raw }: PeerRequest): undefined {
  raw.response.socket?.destroy();
}

const matchers = Object.entries(routes).map(([name, route]: [string, Route]) => {
  const path = route.path.startsWith("!") ? route.path.slice(1) : `/v1/namespaces/${defaultNamespace}${route.path}`;
  const pattern = new RegExp(`^${path.replace(/:([a-z]+)/g, "(?<$1>[^/]+)")}$`);
  return { name: name as RouteName, route, pattern };
});
const checks = new Map<object, Check<unknown>>();

function check(schema: object | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  let found = checks.get(schema);
  if (found === undefined) checks.set(schema, (found = makeCheck(schema, "what was sent")));
  return found(value);
}

/** An HTTP server that speaks the shapes of the route table; tests say what it answers. Both sides' bodies are checked. */
export class Peer {
  readonly requests = new Recorder<PeerRequest>();
  readonly #server: Server;
  readonly #handlers: Handlers;

  private constructor(handlers: Handlers) {
    this.#handlers = handlers;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async use<T>(handlers: Handlers, test: (peer: Peer) => Promise<T>): Promise<T> {
    const peer = new Peer(handlers);
    peer.#server.listen(0, "127.0.0.1");
    await once(peer.#server, "listening");
    try {
      return await test(peer);
    } finally {
      peer.#server.closeAllConnections();
      peer.#server.close();
    }
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client of this peer that tries again quickly. */
  client(options: CapstanOptions = {}): Capstan {
    const retry = { initialMs: 1, maxMs: 5, ...options.retry };
    return new Capstan({ url: this.url, ...options, retry });
  }

  /** How often a route was called. */
  count(route: RouteName): number {
    return this.requests.items.filter((request) => request.route === route).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://peer");
    const match = matchers.find(({ route, pattern }) => route.method === request.method && pattern.test(url.pathname));
    try {
      if (match === undefined) throw new CapstanError("not-found", `no route ${request.method} ${url.pathname}`);
      const { name, route, pattern } = match;
      const groups = pattern.exec(url.pathname)?.groups ?? {};
      const parameters = Object.fromEntries(
        Object.entries(groups).map(([key, text]) => [key, decodeURIComponent(text)]),
      );
      const query = Object.fromEntries(url.searchParams);
      for (const field of Object.keys(query)) {
        if (route.query?.properties[field] === undefined)
          throw new CapstanError("invalid-request", `no query ${field}`);
      }
      const isStream = request.headers["content-type"] === "application/x-ndjson";
      const body = isStream ? undefined : await readBody(request, route);
      const { headers } = request;
      const n = this.count(name) + 1;
      const entry = { route: name, parameters, query, headers, body, n, raw: { request, response } };
      this.requests.add(entry);
      const answer = await this.#handlers[name]?.(entry);
      if (answer === undefined) return;
      const text = JSON.stringify(check(route.answer, answer));
      response.writeHead(route.status, { "content-type": "application/json" }).end(text);
    } catch (error) {
      if (!(error instanceof CapstanError)) throw error;
      const problem = error.toProblem();
      response.writeHead(problem.status, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
    }
  }
}

async function readBody(request: IncomingMessage, route: Route): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (request.headers["content-type"] === "application/octet-stream") return bytes;
  return bytes.length === 0 ? undefined : check(route.body, JSON.parse(bytes.toString()));
}
