import type { IncomingMessage, ServerResponse } from "node:http";
import { limits, makeCheck, TaskLaunch, toCapstanError, type Launched } from "@capstan/protocol";
import type { Guard } from "../auth/guard.js";
import type { ApiContext } from "./context.js";
import { parseJson } from "./json.js";
import { jsonType, logRefusal, problemHeaders } from "./problem.js";

const launchUrl = /^\/v1\/namespaces\/([A-Za-z0-9_][A-Za-z0-9_.-]{0,199})\/tasks$/;

/** Takes a request that is a plain launch of one task; false when it is none, and somebody else is to answer. */
export type FastLaunch = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Makes the short way of the busiest call, launching one task: the same checks and answers as its route gives, at half the
 * CPU. Whatever is not quite plain (another content type, no length, too long, not allowed) is left to the route.
 */
export function makeFastLaunch(context: ApiContext, guard: Guard): FastLaunch {
  const check = makeCheck(TaskLaunch, "the body");
  return (request, response) => {
    const namespace = plainLaunch(request);
    if (namespace === undefined || context.closing.aborted || !isAdmitted(guard, request)) return false;
    readBody(request, (bytes) => {
      try {
        const launch = check(bytes.length === 0 ? {} : parseJson(bytes));
        context.operations.launchTask(namespace, launch).then(
          (launched) => answer(response, launched),
          (error: unknown) => refuse(context, response, error),
        );
      } catch (error) {
        refuse(context, response, error);
      }
    });
    return true;
  };
}

/** The namespace of a launch whose form leaves nothing to decide. */
function plainLaunch({ method, url = "", headers }: IncomingMessage): string | undefined {
  if (method !== "POST" || headers["content-encoding"] !== undefined) return undefined;
  const type = headers["content-type"];
  if (type !== "application/json" && type?.startsWith("application/json;") !== true) return undefined;
  const length = headers["content-length"];
  if (length === undefined || Number(length) > limits.bodyBytesMax) return undefined;
  return launchUrl.exec(url)?.[1];
}

function isAdmitted(guard: Guard, { headers }: IncomingMessage): boolean {
  try {
    guard(headers);
    return true;
  } catch {
    return false;
  }
}

function readBody(request: IncomingMessage, take: (bytes: Buffer) => void): void {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => take(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
  // A client that goes in the middle of its body has launched nothing.
  request.on("error", () => {});
}

function answer(response: ServerResponse, { task, isDuplicate }: Launched): void {
  const body = `{"task":"${task}","isDuplicate":${isDuplicate}}`;
  response.writeHead(201, { "content-type": jsonType, "content-length": body.length });
  response.end(body);
}

function refuse({ logger }: ApiContext, response: ServerResponse, thrown: unknown): void {
  const error = toCapstanError(thrown);
  logRefusal(logger, { method: "POST", route: "launchTask" }, error);
  const body = JSON.stringify(error.toProblem());
  response.writeHead(error.status, { ...problemHeaders(error), "content-length": Buffer.byteLength(body) });
  response.end(body);
}
