import type { IncomingMessage, ServerResponse } from "node:http";
import { CapstanError } from "@capstan/protocol";

/** Answers what a browser asks before a page of another origin may call; true when that was all. */
export type CrossOrigin = (request: IncomingMessage, response: ServerResponse) => boolean;

/** How long a browser may remember an answer, in seconds; browsers cap it themselves. */
const maxAgeSeconds = 7_200;
const methods = "GET, POST, PUT, DELETE";

/**
 * Lets the pages of these origins, and no others, call the engine (the CORS protocol of the Fetch standard). No cookie is
 * ever looked at: who calls bears a token, or the engine is on loopback.
 * @throws CapstanError `invalid-config` when one is no origin.
 */
export function makeCrossOrigin(origins: readonly string[]): CrossOrigin {
  const allowed = new Set(origins.map(checkOrigin));
  return (request, response) => {
    const { origin } = request.headers;
    if (allowed.size > 0) response.setHeader("vary", "Origin");
    if (origin === undefined || !allowed.has(origin)) return false;
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", "Retry-After, Location");
    const asked = request.headers["access-control-request-method"];
    if (request.method !== "OPTIONS" || asked === undefined) return false;
    response.writeHead(204, {
      "access-control-allow-methods": methods,
      "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "",
      "access-control-max-age": String(maxAgeSeconds),
    });
    response.end();
    return true;
  };
}

function checkOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return text;
  throw new CapstanError(
    "invalid-config",
    `"${text.slice(0, 100)}" is no origin: write scheme, host and port only, such as https://app.example.com`,
  );
}
