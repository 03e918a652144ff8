import { CapstanError, type ErrorCode } from "@capstan/protocol";
import type { FetchResponse } from "./fetch.js";

/** What an error status means that comes without a problem+json, as from a proxy in between. */
const codes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid-request",
  401: "unauthorized",
  403: "unauthorized",
  404: "not-found",
  413: "too-large",
  415: "unsupported-media-type",
  429: "overloaded",
  502: "unreachable",
  503: "unreachable",
  504: "timed-out",
};

const excerptCharacters = 200;

/** The error that an answer stands for. */
export async function readProblem(response: FetchResponse): Promise<CapstanError> {
  const text = await response.text();
  const error = problemOf(text, response.status);
  if (error.details?.["retryAfterMs"] !== undefined) return error;
  const retryAfterMs = readRetryAfter(response);
  if (retryAfterMs === undefined) return error;
  return new CapstanError(error.code, error.message, { details: { ...error.details, retryAfterMs } });
}

function problemOf(text: string, status: number): CapstanError {
  const body = parse(text);
  if (typeof body === "object" && body !== null && "code" in body) return CapstanError.fromProblem(body, status);
  const excerpt = text.trim().slice(0, excerptCharacters);
  const said = excerpt === "" ? "" : `: ${excerpt}`;
  return new CapstanError(codes[status] ?? "internal", `the answer has the status ${status}${said}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The header in seconds; its other form, a date, depends on two clocks and is left alone. */
function readRetryAfter(response: FetchResponse): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return seconds > 0 ? seconds * 1_000 : undefined;
}
