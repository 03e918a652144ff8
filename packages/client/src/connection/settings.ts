import {
  CapstanError,
  defaultNamespace,
  excerpt,
  limits,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
} from "@capstan/protocol";
import type { FetchLike } from "./fetch.js";
import { defaultRetry, type RetryPolicy } from "./retry.js";

/** How a client reaches its engine. Everything is optional. */
export interface CapstanOptions {
  /** Default: `CAPSTAN_URL`, else `http://127.0.0.1:7717`. */
  readonly url?: string | undefined;
  /** Default: `CAPSTAN_TOKEN`; none is needed on loopback. */
  readonly token?: string | undefined;
  /** Default: `default`. */
  readonly namespace?: string | undefined;
  /** How long calls are tried again; see RetryPolicy for the defaults. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** How long one try of a call may take; default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's. An embedded engine brings its own, and then nothing passes a network. */
  readonly fetch?: FetchLike | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The options with their defaults, checked. */
export interface Settings {
  readonly url: string;
  readonly token: string | undefined;
  readonly namespace: string;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly fetch: FetchLike;
  /** Browsers cannot stream a body to HTTP/1.1; there it is collected first. */
  readonly canStreamBodies: boolean;
  /** Waits that may each hold a request open; browsers have six connections a host in all. */
  readonly longPollsMax: number;
  readonly clock: Clock;
  readonly random: Random;
}

interface Platform {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly versions?: { readonly node?: string };
  };
}

const defaultUrl = "http://127.0.0.1:7717";

/** @throws CapstanError `invalid-config` for a URL or token that cannot be used. */
export function settingsOf(options: CapstanOptions): Settings {
  const { process } = globalThis as Platform;
  const environment = process?.env ?? {};
  return {
    url: checkUrl(options.url ?? (environment["CAPSTAN_URL"] || defaultUrl)),
    token: checkToken(options.token ?? (environment["CAPSTAN_TOKEN"] || undefined)),
    namespace: checkNamespace(options.namespace ?? defaultNamespace),
    retry: { ...defaultRetry, ...options.retry },
    timeoutMs: options.timeoutMs ?? 30_000,
    fetch: options.fetch ?? platformFetch,
    canStreamBodies: options.fetch !== undefined || process?.versions?.node !== undefined,
    longPollsMax:
      options.fetch !== undefined ? Number.POSITIVE_INFINITY : process?.versions?.node !== undefined ? 64 : 3,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** Looks `fetch` up at each call, so that tests and tracing may replace it at any time. */
const platformFetch: FetchLike = (url, request) => (globalThis as unknown as { fetch: FetchLike }).fetch(url, request);

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    const remedy = "give one such as http://127.0.0.1:7717, in `url` or CAPSTAN_URL";
    throw new CapstanError("invalid-config", `"${excerpt(text)}" is no address of an engine: ${remedy}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new CapstanError("invalid-config", "an address holds no password: pass `token` or set CAPSTAN_TOKEN");
  }
  // Not its text: a question mark without a query would swallow the path of every call.
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function checkNamespace(name: string): string {
  if (name.length <= limits.namesBytesMax && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) return name;
  const remedy = `use letters, digits, "_", "." and "-", at most ${limits.namesBytesMax}`;
  throw new CapstanError("invalid-config", `"${excerpt(name)}" is no namespace: ${remedy}`);
}

function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  const remedy = "look for spaces or a line break at its end";
  throw new CapstanError("invalid-config", `the token has characters that no token has: ${remedy}`);
}
