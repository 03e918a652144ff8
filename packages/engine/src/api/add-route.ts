import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { CapstanError, makeCheck, routes, type Route, type RouteName } from "@capstan/protocol";
import { sent, type Call, type Handler } from "./call.js";
import type { ApiContext } from "./context.js";
import { disconnectSignal } from "./disconnect.js";
import { isNamespace } from "./namespace.js";
import { checkParameters } from "./parameter.js";
import { answerable, jsonType } from "./problem.js";
import { makeQueryCheck } from "./query.js";

/** What the server knows of the route that a request met. */
export interface RouteFacts {
  readonly isOpen: boolean;
  /** Content types beside JSON whose body the handler reads as a stream. */
  readonly streamTypes: readonly string[];
  readonly takesJson: boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    facts?: RouteFacts;
  }
}

const openRoutes: ReadonlySet<RouteName> = new Set(["health", "ready"]);

/** The server's path of a route: `!/health` → `/health`, `/tasks` → `/v1/namespaces/:namespace/tasks`. */
export function serverPath({ path }: Route): string {
  return path.startsWith("!") ? path.slice(1) : `/v1/namespaces/:namespace${path}`;
}

/** Adds one route of the table to the server: checks what came, calls the handler, answers with what it gives. */
export function addRoute<N extends RouteName>(
  server: FastifyInstance,
  context: ApiContext,
  { name, handler }: { readonly name: N; readonly handler: Handler<N> },
): void {
  const route: Route = routes[name];
  const makeCall = callMaker<N>(route, context);
  const deliver = (reply: FastifyReply) => (answer: unknown) => {
    if (answer === sent) return;
    if (context.closing.aborted) reply.header("connection", "close");
    reply.status(route.status).header("content-type", jsonType).send(JSON.stringify(answer));
  };
  server.route({
    method: route.method,
    url: serverPath(route),
    config: {
      facts: {
        isOpen: openRoutes.has(name),
        streamTypes: route.bodyTypes ?? [],
        takesJson: route.body !== undefined,
      },
    },
    // Not async: the server would make a promise of its own for every request.
    handler: (request, reply) => {
      const answer = handler(makeCall(request, reply));
      if (answer instanceof Promise) answer.then(deliver(reply)).catch((error) => sendError(reply, error));
      else deliver(reply)(answer);
    },
  });
}

function sendError(reply: FastifyReply, error: unknown): void {
  reply.send(error instanceof Error ? error : answerable(error));
}

type CallMaker<N extends RouteName> = (request: FastifyRequest, reply: FastifyReply) => Call<N>;

function callMaker<N extends RouteName>(route: Route, context: ApiContext): CallMaker<N> {
  const checkQuery = makeQueryCheck(route.query);
  const checkBody = route.body === undefined ? undefined : lazily(() => makeCheck(route.body!, "the body"));
  return (request, reply) => {
    const parameters = request.params as Record<string, string>;
    const namespace = parameters["namespace"] ?? "";
    if (!route.path.startsWith("!")) checkNamespace(namespace);
    checkParameters(parameters);
    const isStream = request.body === request.raw;
    const body: unknown = isStream ? undefined : checkBody?.()(request.body ?? {});
    let signal: AbortSignal | undefined;
    return {
      namespace,
      parameters,
      query: checkQuery(request.query as Record<string, unknown>),
      body,
      request,
      reply,
      get signal() {
        return (signal ??= disconnectSignal(reply.raw, context.closing));
      },
    } as unknown as Call<N>;
  };
}

function checkNamespace(namespace: string): void {
  if (!isNamespace(namespace)) {
    throw new CapstanError(
      "invalid-request",
      `"${namespace.slice(0, 60)}" is no namespace: letters, digits, _, . and - are allowed, 200 at most`,
    );
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
