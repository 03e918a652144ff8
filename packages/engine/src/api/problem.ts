import type { FastifyReply } from "fastify";
import { CapstanError, limits, toCapstanError, type ErrorCode } from "@capstan/protocol";
import type { Logger } from "./logger.js";

export const jsonType = "application/json; charset=utf-8";
export const problemType = "application/problem+json; charset=utf-8";

const codes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
};

interface Coded {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** Any thrown thing as the error that is answered; what the server itself refuses becomes a code of the registry. */
export function answerable(thrown: unknown): CapstanError {
  if (thrown instanceof CapstanError) return thrown;
  const { code, statusCode, message } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as Coded;
  const known = typeof code === "string" ? codes[code] : undefined;
  if (known === "too-large") {
    const bytesMax = limits.bodyBytesMax;
    return new CapstanError(known, `the body is larger than ${bytesMax} bytes`, { details: { bytesMax } });
  }
  if (known !== undefined) return new CapstanError(known, "the content type of the body is not understood here");
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new CapstanError("invalid-request", String(message), { cause: thrown });
  }
  return toCapstanError(thrown);
}

/** The headers of an answer with a problem. */
export function problemHeaders(error: CapstanError): Record<string, string> {
  const headers: Record<string, string> = { "content-type": problemType };
  const retryAfterMs = error.details?.["retryAfterMs"];
  if (typeof retryAfterMs === "number") headers["retry-after"] = String(Math.ceil(retryAfterMs / 1_000));
  if (error.code === "unauthorized") headers["www-authenticate"] = "Bearer";
  return headers;
}

/** Answers with problem+json. */
export function sendProblem(reply: FastifyReply, error: CapstanError): FastifyReply {
  return reply.status(error.status).headers(problemHeaders(error)).send(JSON.stringify(error.toProblem()));
}

/** Logs why a request was not answered as asked: a fault of Capstan as an error, anything else for those who look closer. */
export function logRefusal(logger: Logger, facts: object, error: CapstanError): void {
  if (error.code === "internal") logger.error({ ...facts, error: error.cause ?? error }, "request failed");
  else logger.debug({ ...facts, code: error.code, detail: error.message }, "request refused");
}

/** A whole HTTP response with a problem, for a socket whose request never became one. */
export function problemResponse(error: CapstanError, reasonPhrase: string): string {
  const body = JSON.stringify(error.toProblem());
  return [
    `HTTP/1.1 ${error.status} ${reasonPhrase}`,
    "Connection: close",
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
