import type { FastifyReply } from "fastify";
import { CapstanError, limits, toCapstanError, type ErrorCode } from "@capstan/protocol";

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

/** Answers with problem+json. */
export function sendProblem(reply: FastifyReply, error: CapstanError): FastifyReply {
  const retryAfterMs = error.details?.["retryAfterMs"];
  if (typeof retryAfterMs === "number") reply.header("retry-after", Math.ceil(retryAfterMs / 1_000));
  if (error.code === "unauthorized") reply.header("www-authenticate", "Bearer");
  return reply.status(error.status).header("content-type", problemType).send(JSON.stringify(error.toProblem()));
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
