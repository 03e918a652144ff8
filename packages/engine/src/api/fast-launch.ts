import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { limits, makeCheck, TaskLaunch, toCapstanError } from "@capstan/protocol";
import type { Guard } from "../auth/guard.js";
import type { ApiContext } from "./context.js";
import { parseJson } from "./json.js";
import { jsonType, logRefusal, problemHeaders } from "./problem.js";

const launchUrl = /^\/v1\/namespaces\/([A-Za-z0-9_][A-Za-z0-9_.-]{0,199})\/tasks$/;

/** An answer that is ready to be written. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Launches one task, the busiest call, with the checks and answers of its route and nothing around them. It never rejects:
 * a refusal is an answer too.
 */
export type PlainLaunch = (namespace: string, body: Buffer) => Promise<PlainAnswer>;

export function makePlainLaunch({ operations, logger }: ApiContext): PlainLaunch {
  const check = makeCheck(TaskLaunch, "the body");
  const headers = { "content-type": jsonType };
  return async (namespace, bytes) => {
    try {
      const launch = check(bytes.length === 0 ? {} : parseJson(bytes));
      const { task, isDuplicate } = await operations.launchTask(namespace, launch);
      // Written by hand: an id holds nothing that JSON escapes.
      return { status: 201, headers, body: `{"task":"${task}","isDuplicate":${isDuplicate}}` };
    } catch (thrown) {
      const error = toCapstanError(thrown);
      logRefusal(logger, { method: "POST", route: "launchTask" }, error);
      return { status: error.status, headers: problemHeaders(error), body: JSON.stringify(error.toProblem()) };
    }
  };
}

/**
 * The namespace of a launch of one task whose form leaves nothing to decide. Undefined for whatever is not quite plain
 * (another call, another content type, a compressed body): the route answers it.
 */
export function plainLaunchOf(
  method: string | undefined,
  url: string,
  headers: IncomingHttpHeaders,
): string | undefined {
  if (method !== "POST" || headers["content-encoding"] !== undefined) return undefined;
  const type = headers["content-type"];
  if (type !== "application/json" && type?.startsWith("application/json;") !== true) return undefined;
  return launchUrl.exec(url)?.[1];
}

/** Takes a request that is a plain launch; false when it is none, and somebody else is to answer. */
export type FastLaunch = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Makes the short way of a launch over HTTP, which costs half the CPU of the route. */
export function makeFastLaunch(context: ApiContext, guard: Guard): FastLaunch {
  const launch = makePlainLaunch(context);
  return (request, response) => {
    const { method, url = "", headers } = request;
    const namespace = plainLaunchOf(method, url, headers);
    const length = headers["content-length"];
    if (namespace === undefined || length === undefined || Number(length) > limits.bodyBytesMax) return false;
    if (context.closing.aborted || !isAdmitted(guard, headers)) return false;
    readBody(request, (bytes) => {
      void launch(namespace, bytes).then((answer) => write(response, answer, context.closing.aborted));
    });
    return true;
  };
}

function isAdmitted(guard: Guard, headers: IncomingHttpHeaders): boolean {
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

function write(response: ServerResponse, { status, headers, body }: PlainAnswer, isClosing: boolean): void {
  if (isClosing) response.setHeader("connection", "close");
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
