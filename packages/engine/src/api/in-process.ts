import { Readable } from "node:stream";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { CapstanError, limits } from "@capstan/protocol";
import type { ApiContext } from "./context.js";
import { makePlainLaunch, plainLaunchOf } from "./fast-launch.js";
import { webStream } from "./web-stream.js";

/** A `fetch` that reaches the API without a network. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A request as the server is given it. */
interface Asked {
  readonly method: Method;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal | undefined;
  readonly payload: string | Buffer | Readable | undefined;
}

/** Answers that come bit by bit, or are large. */
const streamed = /\/(?:stdout|stderr|events|report|blobs\/[^/]+)$/;

/**
 * Makes a `fetch` for callers in the engine's own process: any origin, no socket, streams both ways. It bears the
 * engine's token by itself. An aborted signal, or a body that is cancelled, ends the call as a client does that goes.
 */
export function inProcessFetch(server: FastifyInstance, context: ApiContext, token: string | undefined): Fetch {
  const launch = makePlainLaunch(context);
  const own: Record<string, string> = { host: "localhost" };
  if (token !== undefined) own["authorization"] = `Bearer ${token}`;
  return async (input, init = {}) => {
    const asked =
      input instanceof Request ? await fromRequest(new Request(input, init)) : fromInit(String(input), init);
    const { method, url, signal, payload } = asked;
    signal?.throwIfAborted();
    const namespace = context.closing.aborted ? undefined : plainLaunchOf(method, url, asked.headers);
    if (namespace !== undefined && isShort(payload)) {
      const { status, headers, body } = await launch(namespace, Buffer.from(payload));
      return new Response(body, { status, headers });
    }
    const isStreamed = method === "GET" && streamed.test(url.split("?", 1)[0]!);
    const answer = await server
      .inject({
        method,
        url,
        headers: { ...asked.headers, ...own },
        payloadAsStream: isStreamed,
        ...(signal === undefined ? {} : { signal }),
        ...(payload === undefined ? {} : { payload }),
      })
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw new CapstanError("unreachable", "the engine in this process has closed", { cause });
      });
    return new Response(isStreamed ? streamOf(answer, signal) : bodyOf(answer), {
      status: answer.statusCode,
      headers: headersOf(answer),
    });
  };
}

/** What almost every caller passes, without the cost of a `Request`. */
function fromInit(address: string, { method = "GET", headers, body, signal }: RequestInit): Asked {
  return {
    method: method.toUpperCase() as Method,
    url: pathOf(address),
    headers: Object.fromEntries(new Headers(headers)),
    signal: signal ?? undefined,
    payload: payloadOf(body),
  };
}

async function fromRequest({ method, url, headers, body, signal }: Request): Promise<Asked> {
  const asked = { method: method as Method, url: pathOf(url), headers: Object.fromEntries(headers), signal };
  return { ...asked, payload: body === null ? undefined : Readable.fromWeb(body as never) };
}

function pathOf(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

function payloadOf(body: RequestInit["body"]): Asked["payload"] {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ReadableStream) return Readable.fromWeb(body as never);
  return Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false });
}

function isShort(payload: Asked["payload"]): payload is string | Buffer {
  return (typeof payload === "string" || Buffer.isBuffer(payload)) && payload.length <= limits.bodyBytesMax / 4;
}

function bodyOf({ statusCode, rawPayload }: LightMyRequestResponse): Uint8Array<ArrayBuffer> | null {
  return statusCode === 204 || statusCode === 304 ? null : (rawPayload as Uint8Array<ArrayBuffer>);
}

/** The answer's bytes as they come; whoever cancels them leaves the call. */
function streamOf(answer: LightMyRequestResponse, signal: AbortSignal | undefined): ReadableStream<Uint8Array> | null {
  const source = answer.stream();
  const leave = (): void => void answer.raw.res.destroy();
  signal?.addEventListener("abort", leave, { once: true });
  source.once("close", () => {
    signal?.removeEventListener("abort", leave);
    if (!source.readableEnded) leave();
  });
  if (answer.statusCode !== 204 && answer.statusCode !== 304) return webStream(source);
  source.destroy();
  return null;
}

function headersOf({ headers }: LightMyRequestResponse): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name === "transfer-encoding" || name === "connection" ? [] : [[name, String(value)]],
  );
}
