import { Readable } from "node:stream";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { CapstanError } from "@capstan/protocol";

/** A `fetch` that reaches the API without a network. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Method = "GET" | "POST" | "PUT" | "DELETE";

/**
 * Makes a `fetch` for callers in the engine's own process: any origin, no socket, streams both ways. It bears the
 * engine's token by itself. An aborted signal, or a body that is cancelled, ends the call as a client does that goes.
 */
export function inProcessFetch(server: FastifyInstance, token: string | undefined): Fetch {
  return async (input, init) => {
    const request = new Request(input, init?.body instanceof ReadableStream ? { duplex: "half", ...init } : init);
    request.signal.throwIfAborted();
    const { pathname, search } = new URL(request.url);
    const headers: Record<string, string> = Object.fromEntries(request.headers);
    headers["host"] = "localhost";
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    const payload = request.body === null ? undefined : await payloadOf(request, headers);
    const answer = await server
      .inject({
        method: request.method as Method,
        url: pathname + search,
        headers,
        payloadAsStream: true,
        signal: request.signal,
        ...(payload === undefined ? {} : { payload }),
      })
      .catch((error: unknown) => {
        request.signal.throwIfAborted();
        throw new CapstanError("unreachable", "the engine in this process has closed", { cause: error });
      });
    return toResponse(answer, request.signal);
  };
}

/** Streams stay streams; everything else is read at once, which is cheaper. */
async function payloadOf(request: Request, headers: Record<string, string>): Promise<Readable | Buffer> {
  const isStream = headers["content-type"]?.startsWith("application/x-ndjson") === true;
  if (isStream || headers["content-type"] === "application/octet-stream")
    return Readable.fromWeb(request.body as never);
  return Buffer.from(await request.arrayBuffer());
}

function toResponse(answer: LightMyRequestResponse, signal: AbortSignal): Response {
  const source = answer.stream();
  const leave = (): void => void answer.raw.res.destroy();
  signal.addEventListener("abort", leave, { once: true });
  source.once("close", () => {
    signal.removeEventListener("abort", leave);
    if (!source.readableEnded) leave();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && name !== "transfer-encoding" && name !== "connection") headers.set(name, String(value));
  }
  const hasBody = answer.statusCode !== 204 && answer.statusCode !== 304;
  if (!hasBody) source.destroy();
  const body = hasBody ? (Readable.toWeb(source) as unknown as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status: answer.statusCode, headers });
}
