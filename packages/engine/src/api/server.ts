import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { CapstanError, limits, routes, type Route, type RouteName } from "@capstan/protocol";
import type { Guard } from "../auth/guard.js";
import { addRoute, serverPath } from "./add-route.js";
import { addBodyParsers } from "./body.js";
import type { Handlers } from "./call.js";
import type { ApiContext } from "./context.js";
import type { CrossOrigin } from "./cross-origin.js";
import { makeFastLaunch, type FastLaunch } from "./fast-launch.js";
import { dropRest } from "./request-body.js";
import { openApiDocument } from "./openapi.js";
import { answerable, logRefusal, problemResponse, sendProblem } from "./problem.js";

/** A connection without traffic is cut after this; waits are shorter, and followed streams say something more often. */
const connectionTimeoutMs = 120_000;
/** How long a connection is kept between two requests. */
const keepAliveMs = 72_000;

export interface ServerOptions {
  readonly context: ApiContext;
  readonly handlers: Handlers;
  readonly guard: Guard;
  readonly crossOrigin: CrossOrigin;
}

/** Makes the HTTP server of the route table; it does not listen yet. */
export function makeServer({ context, handlers, guard, crossOrigin }: ServerOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 1_000 },
    serverFactory: (handler) => makeHttpServer(handler, makeFastLaunch(context, guard), crossOrigin),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply as FastifyReply, answerable(error)),
  });
  server.addHook("onRequest", (request, _reply, done) => {
    try {
      if (request.routeOptions.config.facts?.isOpen !== true) guard(request.headers);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  server.setErrorHandler((thrown, request, reply) => answerError(context, { thrown, request, reply }));
  server.setNotFoundHandler((request, reply) => answerUnknownPath(request, reply));
  addBodyParsers(server);
  for (const name of Object.keys(routes) as RouteName[]) {
    addRoute(server, context, { name, handler: handlers[name] });
  }
  addDocument(server);
  return server;
}

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The server beneath: the busiest call is answered without the framework, everything else by it. */
function makeHttpServer(handler: RequestHandler, fastLaunch: FastLaunch, crossOrigin: CrossOrigin): Server {
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 }, (request, response) => {
    if (!crossOrigin(request, response) && !fastLaunch(request, response)) handler(request, response);
  });
  server.setTimeout(connectionTimeoutMs);
  return server;
}

function addDocument(server: FastifyInstance): void {
  let text: string | undefined;
  const answer = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    text ??= JSON.stringify(openApiDocument());
    return reply.header("content-type", "application/json; charset=utf-8").send(text);
  };
  server.get("/openapi.json", answer);
  server.get("/v1/openapi.json", answer);
}

interface Failure {
  readonly thrown: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function answerError({ logger, clock, closing }: ApiContext, { thrown, request, reply }: Failure): FastifyReply {
  const error = answerable(thrown);
  const facts = { method: request.method, route: request.routeOptions.url };
  const isGone = request.raw.destroyed && !request.raw.complete;
  if (isGone) logger.debug(facts, "client went away");
  else logRefusal(logger, facts, error);
  dropRest(request.raw, clock);
  // The rest of a refused body is dropped; the connection stays good for the next request.
  if (closing.aborted) reply.header("connection", "close");
  else reply.removeHeader("connection");
  return sendProblem(reply, error);
}

function answerUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split("?", 1)[0]!;
  const allowed = [...new Set(Object.values(routes).flatMap((route) => (fits(route, path) ? [route.method] : [])))];
  if (allowed.length > 0) {
    reply.header("allow", allowed.join(", "));
    const message = `${path.slice(0, 200)} takes ${allowed.join(", ")}, not ${request.method}`;
    return sendProblem(reply, new CapstanError("method-not-allowed", message, { details: { allowed } }));
  }
  const message = `${request.method} ${path.slice(0, 200)} is no call of this API; /openapi.json lists them`;
  return sendProblem(reply, new CapstanError("not-found", message));
}

/** Whether a path has the form of a route's, whatever the method. */
function fits(route: Route, path: string): boolean {
  const given = path.split("/");
  const wanted = serverPath(route).split("/");
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at]);
}

/** Bytes that never became a request: answers as far as the socket lets it, and closes. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (socket.destroyed || error.code === "ECONNRESET") return;
  const message = error.code === "HPE_HEADER_OVERFLOW" ? "the headers are too large" : "this is no HTTP request";
  if (socket.writable) {
    socket.end(problemResponse(new CapstanError("invalid-request", message), "Bad Request"));
  }
  socket.destroySoon();
}
