import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { CapstanError } from "@capstan/protocol";
import { hostOf, isLoopback } from "./loopback.js";

export interface GuardOptions {
  /** The admin token; undefined when there is none. */
  readonly token: string | undefined;
  /** The address that is listened on; undefined when nothing listens. */
  readonly host: string | undefined;
}

/** Lets a request pass or throws. @throws CapstanError `unauthorized`. */
export type Guard = (headers: IncomingHttpHeaders) => void;

/**
 * Makes the check that every request passes, also those that ask for a WebSocket.
 *
 * With a token, each request must bear it. Without one only loopback may be listened on, and what a browser could be
 * tricked into sending is refused: a `Host` that is not loopback (DNS rebinding) and an `Origin` that is not (another
 * site's page).
 * @throws CapstanError `token-required` when it would listen beyond loopback without a token.
 */
export function makeGuard({ token, host }: GuardOptions): Guard {
  if (token !== undefined && token !== "") return makeTokenGuard(token);
  if (host !== undefined && !isLoopback(host)) {
    throw new CapstanError(
      "token-required",
      `listening on ${host} without a token would let anybody run code here: set CAPSTAN_TOKEN, or listen on 127.0.0.1`,
    );
  }
  return guardLoopback;
}

function makeTokenGuard(token: string): Guard {
  const expected = Buffer.from(token);
  return ({ authorization }) => {
    if (authorization === undefined) {
      throw new CapstanError("unauthorized", "this engine asks for a token: pass `Authorization: Bearer <token>`");
    }
    const given = Buffer.from(authorization.slice("bearer ".length));
    const hasScheme = authorization.slice(0, "bearer ".length).toLowerCase() === "bearer ";
    // Comparing with itself takes as long: a wrong length is not told apart by time.
    const isEqual = timingSafeEqual(given.length === expected.length ? given : expected, expected);
    if (!hasScheme || !isEqual || given.length !== expected.length) {
      throw new CapstanError("unauthorized", "the token is wrong: see CAPSTAN_TOKEN of the engine");
    }
  };
}

function guardLoopback({ host, origin }: IncomingHttpHeaders): void {
  if (host === undefined || !isLoopback(hostOf(host))) {
    throw new CapstanError(
      "unauthorized",
      `requests for the host "${host?.slice(0, 100) ?? ""}" are refused without a token: use 127.0.0.1 or localhost`,
    );
  }
  if (origin !== undefined && !isLoopbackOrigin(origin)) {
    throw new CapstanError(
      "unauthorized",
      `requests from pages of ${origin.slice(0, 100)} are refused without a token: set CAPSTAN_TOKEN and pass it`,
    );
  }
}

function isLoopbackOrigin(origin: string): boolean {
  const authority = /^https?:\/\/(.*)$/i.exec(origin)?.[1];
  return authority !== undefined && isLoopback(hostOf(authority));
}
